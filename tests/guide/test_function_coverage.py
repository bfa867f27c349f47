"""What of Torch7's interface `MIGRATION.md` has rows for, and that what has none has a reason."""

from __future__ import annotations

import pytest

from lua_compat import Runtime
from lua_compat.guide.functions import LEFT_OUT, Row
from tests.guide import rows
from tests.guide.coverage import PACKAGES, directly, kind, public_names, twins

REASONS = {name: reason for names, reason in LEFT_OUT for name in names}
NAMES = public_names("torch")


def reason(name: str) -> str | None:
    """Why a name has no row."""
    full = kind(name)
    return REASONS.get(full) or REASONS.get(full.split(":")[-1])


def test_nearly_every_name_has_a_row_and_the_rest_a_reason() -> None:
    there = directly() | set(twins())
    missing = sorted({kind(name) for name in NAMES if kind(name) not in there and reason(name) is None})
    assert not missing, f"no row and no reason: {' '.join(missing)}"
    callable_names = [name for name in NAMES if ":__" not in name]
    with_row = [name for name in callable_names if kind(name) in there]
    left = sorted({kind(name) for name in callable_names} - there)
    assert len(with_row) >= 0.95 * len(callable_names), f"without a row: {' '.join(left)}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_of_the_packages_has_a_row_or_a_reason(package: str) -> None:
    missing = [name for name in public_names(package) if name not in directly() and reason(name) is None]
    missing = [name for name in missing if ":__" not in name]  # what Lua calls for an operator
    assert not missing, f"no row and no reason: {' '.join(missing)}"


def test_what_is_left_out_is_there_and_has_no_row() -> None:
    there = directly() | set(twins())
    known = {kind(name) for package in ("torch", *PACKAGES) for name in public_names(package)}
    for name, why in REASONS.items():
        assert why
        assert name in known or any(n.endswith(f":{name}") for n in known), name
        assert name not in there, name


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


@pytest.mark.parametrize("name", sorted(twins()))
def test_a_function_and_its_method_do_the_same(name: str, lua: Runtime) -> None:
    row, other = twins()[name]
    one, names = rows.lua_result(lua, row.lua)
    two, other_names = rows.lua_result(lua, other)
    rows.equal(one, two)
    for key, tensor in names.items():
        rows.equal(tensor, other_names[key])


def test_the_other_form_of_a_row() -> None:
    from tests.guide.coverage import twin

    assert twin(Row("x:view(1, 4):expand(3, 4)", "")) == ("torch.expand", "torch.expand(x:view(1, 4), 3, 4)")
    assert twin(Row("torch.diag(v)", "")) == ("Tensor:diag", "v:diag()")
    assert twin(Row("x:sum() + x:sum()", "")) is None
    assert twin(Row("torch.eye(3)", "")) is None
