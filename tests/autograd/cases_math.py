"""The cases of special functions and of mathematics that came with them; ``cases.py`` says what a case is."""

from __future__ import annotations

from typing import Any


def math_cases(Case: Any, n: Any, u: Any, scalar: Any) -> dict[str, list[Any]]:
    """One case or more for each operation, from the makers of cases and values."""
    cases: dict[str, list[Any]] = {}
    for name in ["erf", "erfc", "erfcx", "log_ndtr", "i0", "i1", "sinc"]:
        cases[name] = [Case(n(2, 3)), Case(scalar(0.7))]
    for name in ["lgamma", "digamma"]:
        cases[name] = [Case(u(2, 3) + 0.2), Case(u(3) - 2.0)]
    cases["ndtri"] = [Case(u(2, 3))]
    cases["erfinv"] = [Case(u(2, 3)), Case(-u(3))]
    for name in ["fmax", "fmin", "logaddexp", "logaddexp2", "copysign", "nextafter"]:
        cases[name] = [Case(n(2, 3), n(2, 3)), Case(n(2, 1), n(1, 3))]
    cases["fmax"].append(Case(n(3), 0.4))
    cases["trunc_divide"] = [Case(n(2, 3), u(2, 3)), Case(n(3), 1.7)]
    cases["polygamma"] = [Case(u(2, 3) + 0.5, n=1), Case(u(3) - 1.5, n=2)]
    cases["logit"] = [Case(u(2, 3)), Case(u(2, 3), eps=0.2)]
    cases["xlogy"] = [Case(n(2, 3), u(2, 3)), Case(n(2, 1), 0.7), Case(1.5, u(3))]
    cases["nan_to_num"] = [Case(n(2, 3)), Case(n(3), nan=1.0, posinf=2.0)]
    cases["round_decimals"] = [Case(n(2, 3), decimals=1)]
    cases["frexp"] = [Case(n(2, 3))]
    cases["logcumsumexp"] = [Case(n(2, 3), dim=1), Case(n(3, 2), dim=0), Case(scalar(0.3), dim=0)]
    for name in ["cummax", "cummin"]:
        cases[name] = [Case(n(2, 4), dim=1), Case(n(3, 2), dim=0), Case(scalar(0.3), dim=0)]
    cases["clamp_between"] = [
        Case(n(2, 3), n(3) - 0.55, n(2, 3) + 0.55),
        Case(n(2, 3), n(2, 1) * 0.3, None),
        Case(n(3), None, n(2, 3)),
    ]
    return cases
