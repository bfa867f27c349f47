"""Lists and dicts of modules and of parameters do what PyTorch's do: one line in both, the same answer."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

import pytorch_from_lua as ours

peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
pytestmark = pytest.mark.peer

#: Python over `nn`, `T` (the package) and `D` (OrderedDict). What is left is the value of the last line.
LINES = """
s = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)); names(s[1:]), len(s[1:])
s = nn.Sequential(nn.Linear(2, 3), nn.Tanh()); s[1:].append(nn.Tanh()); names(s)
s = nn.Sequential(D([("a", nn.Linear(2, 3)), ("b", nn.Tanh())])); names(s), names(s[:1]), kind(s[1]), kind(s.b)
s = nn.Sequential(D([("a", nn.Linear(2, 3)), ("b", nn.Tanh())])); s.append(nn.ReLU()); names(s), kind(s[-1])
s = nn.Sequential(nn.Linear(2, 3)); s.extend([nn.Tanh(), nn.ReLU()]); kinds(s)
s = nn.Sequential(nn.Linear(2, 3)); s.insert(0, nn.Tanh()); kinds(s), names(s)
s = nn.Sequential(nn.Linear(2, 3)); s.insert(5, nn.Tanh())
s = nn.Sequential(nn.Linear(2, 3), nn.Tanh()); p = s.pop(0); kind(p), kinds(s), names(s)
s = nn.Sequential(nn.Linear(2, 3), nn.Tanh()); p = s.pop(-1); kind(p), kinds(s)
s = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.ReLU()); del s[0]; kinds(s), names(s)
s = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.ReLU()); del s[1:]; kinds(s), names(s)
s = nn.Sequential(nn.Linear(2, 3), nn.Tanh()); s[1] = nn.ReLU(); kinds(s)
s = nn.Sequential(nn.Linear(2, 3), nn.Tanh()); s[2]
s = nn.Sequential(nn.Linear(2, 3)) + nn.Sequential(nn.Tanh()); kinds(s), names(s)
s = nn.Sequential(nn.Linear(2, 3)); s += nn.Sequential(nn.Tanh()); kinds(s), names(s)
s = nn.Sequential(nn.Tanh(), nn.ReLU()) * 2; kinds(s), names(s)
s = 2 * nn.Sequential(nn.Tanh()); kinds(s)
s = nn.Sequential(nn.Tanh()); s *= 3; len(s)
s = nn.Sequential(nn.Tanh()) * 0
s = nn.Sequential(nn.Tanh()) + [nn.ReLU()]
s = nn.Sequential(nn.Tanh(), 3)
s = nn.Sequential(); len(s), names(s), s(5)
m = nn.ModuleList([nn.Linear(2, 3), nn.Tanh()]); kinds(m), names(m), len(m), kind(m[-1])
m = nn.ModuleList(); m.append(nn.Tanh()); m.extend([nn.ReLU()]); m.insert(1, nn.Sigmoid()); kinds(m)
m = nn.ModuleList([nn.Tanh()]); m += [nn.ReLU()]; kinds(m)
m = nn.ModuleList([nn.Tanh()]) + [nn.ReLU()]; kinds(m), kind(m)
m = nn.ModuleList([nn.Linear(2, 3), nn.Tanh()]); kinds(m[1:]), names(m[1:]), kind(m[:1])
m = nn.ModuleList([nn.Linear(2, 3), nn.Tanh()]); p = m.pop(0); kind(p), kinds(m), names(m)
m = nn.ModuleList([nn.Linear(2, 3), nn.Tanh()]); del m[0]; kinds(m), names(m)
m = nn.ModuleList([nn.Tanh()]); m.extend(nn.Tanh())
m = nn.ModuleList([nn.Tanh()]); m[4]
m = nn.ModuleList(nn.Tanh() for _ in range(3)); len(m)
m = nn.ModuleList([nn.Linear(2, 3)]); m(1)
d = nn.ModuleDict({"a": nn.Linear(2, 3), "b": nn.Tanh()}); list(d), list(d.keys()), kinds(d.values()), "a" in d, len(d)
d = nn.ModuleDict([["a", nn.Tanh()], ["b", nn.ReLU()]]); [(k, kind(v)) for k, v in d.items()]
d = nn.ModuleDict({"a": nn.Tanh()}); d.update({"a": nn.ReLU(), "c": nn.Tanh()}); [(k, kind(v)) for k, v in d.items()]
d = nn.ModuleDict({"a": nn.Tanh()}); d.update(nn.ModuleDict({"b": nn.ReLU()})); list(d)
d = nn.ModuleDict({"a": nn.Tanh(), "b": nn.ReLU()}); p = d.pop("a"); kind(p), list(d)
d = nn.ModuleDict({"a": nn.Tanh()}); d.clear(); len(d)
d = nn.ModuleDict({"a": nn.Tanh()}); del d["a"]; len(d)
d = nn.ModuleDict({"a": nn.Tanh()}); d["z"]
d = nn.ModuleDict({"a": nn.Tanh()}); d.pop("z")
d = nn.ModuleDict({"a": 3})
d = nn.ModuleDict(); d.update(3)
d = nn.ModuleDict({"a": nn.Linear(2, 1)}); names(d), kind(d.a)
p = nn.ParameterList([T.ones(2), nn.Parameter(T.zeros(3))]); names(p), len(p), kind(p[0]), tuple(p[-1].shape)
p = nn.ParameterList(); p.append(T.ones(2)); p.extend([T.zeros(1)]); p += [T.zeros(4)]; [tuple(x.shape) for x in p]
p = nn.ParameterList([T.ones(2), T.ones(3)]); [tuple(x.shape) for x in p[1:]], kind(p[1:]), names(p[1:])
p = nn.ParameterList([T.ones(2), T.ones(3)]); p[0] = T.ones(5); [tuple(x.shape) for x in p], kind(p[0])
p = nn.ParameterList([T.ones(2)]); p[3]
p = nn.ParameterList([T.ones(2)]); p.extend(5)
p = nn.ParameterDict({"a": T.ones(2), "b": nn.Parameter(T.ones(3))}); list(p), names(p), kind(p["a"]), "b" in p, len(p)
p = nn.ParameterDict([("a", T.ones(2))]); p.update({"c": T.ones(1)}); list(p.keys()), len(list(p.values()))
p = nn.ParameterDict({"a": T.ones(2)}); tuple(p.pop("a").shape), len(p)
p = nn.ParameterDict({"a": T.ones(2), "b": T.ones(1)}); p.popitem()[0], list(reversed(p))
p = nn.ParameterDict({"a": T.ones(2)}); tuple(p.setdefault("b", T.ones(7)).shape), list(p), p.get("z"), p.get("z", 3)
p = nn.ParameterDict({"a": T.ones(2)}) | nn.ParameterDict({"b": T.ones(1)}); list(p)
p = nn.ParameterDict({"a": T.ones(2)}); q = p.copy(); p |= nn.ParameterDict({"c": T.ones(1)}); list(p), list(q)
p = nn.ParameterDict({"a": T.ones(2)}); del p["a"]; p.clear(); len(p)
p = nn.ParameterDict({"a": T.ones(2)}); p.a.tolist(), [(k, v.tolist()) for k, v in p.items()]
"""


def kind(value: Any) -> str:
    return type(value).__name__


def answer(line: str, package: Any) -> Any:
    """The value of the last expression, or that it failed."""
    scope = {
        "nn": package.nn, "T": package, "D": OrderedDict, "kind": kind,
        "kinds": lambda modules: [kind(m) for m in modules],
        "names": lambda module: [name for name, _ in module.named_parameters()],
    }  # fmt: skip
    *statements, last = line.split("; ")
    try:
        for statement in statements:
            exec(statement, scope)
        if " = " in last or last.startswith("del "):
            exec(last, scope)
            return "done"
        return eval(last, scope)
    except (TypeError, ValueError, LookupError, NotImplementedError, RuntimeError) as error:
        kinds = (LookupError, NotImplementedError)
        return next((k.__name__ for k in kinds if isinstance(error, k)), "refused")


@pytest.mark.parametrize("line", LINES.strip().splitlines())
def test_as_in_pytorch(line: str) -> None:
    assert answer(line, ours) == answer(line, peer)
