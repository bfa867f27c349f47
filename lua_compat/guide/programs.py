"""An example of the registry as three programs that print the same: in Lua, in Python, and in PyTorch.

Numbers are sines of whole numbers, so that no random stream is needed to have the same in all three.
"""

from __future__ import annotations

import contextlib
import math
import re
from dataclasses import dataclass
from typing import Any

import pytorch_from_lua as torch
from lua_compat.guide.differences import takes_each
from lua_compat.mapping.spec import ClassSpec, Example
from pytorch_from_lua import nn


@dataclass(frozen=True)
class Programs:
    """The same in three languages: statements that leave the output in ``y``.

    Attributes:
        lua: for ``th``.
        python: for ``pytorch_from_lua``.
        pytorch: for PyTorch, with the classes that it lacks.
    """

    lua: str
    python: str
    pytorch: str


@dataclass(frozen=True)
class _Values:
    """How numbers of a kind are written, after the sines of 1, 2, ... in both languages."""

    lua: str
    python: str


_VALUES = {
    "normal": _Values("", ""),
    "positive": _Values(":abs():add(0.1)", ".abs() + 0.1"),
    "probabilities": _Values(":sigmoid()", ".sigmoid()"),
    "signs": _Values(":sign()", ".sign()"),
    "bits": _Values(":gt(0):double()", ".gt(0).double()"),
    "mask": _Values(":gt(0)", ".gt(0)"),
}


def _shaped(shape: tuple[int, ...], lua: bool) -> str:
    """What gives a row of numbers the shape, where that is another one."""
    sizes = ", ".join(map(str, shape))
    view = f":view({sizes})" if lua else f".view({sizes})"
    return view if len(shape) > 1 else ""


def _tensor(shape: tuple[int, ...], kind: str, place: int = 0) -> tuple[str, str]:
    """A tensor of a shape in Lua and in Python: others than the one at another place among the arguments."""
    start = 1 + 7 * place
    kind, _, count = kind.partition(":")
    size = math.prod(shape)
    lua_view, python_view = _shaped(shape, True), _shaped(shape, False)
    if kind == "labels":
        python = f"torch.arange({size}) % {count}"
        lua = f"torch.range(0, {size - 1}):fmod({count}):add(1){lua_view}"
        return lua, f"({python}){python_view}" if python_view else python
    if kind == "label sets":
        return _label_sets(shape)
    values = _VALUES[kind]
    lua = f"torch.range({start}, {start + size - 1}):sin(){lua_view}{values.lua}"
    return lua, f"torch.arange({start}.0, {start + size}).sin(){python_view}{values.python}"


def _label_sets(shape: tuple[int, ...]) -> tuple[str, str]:
    """One or two labels a row, and what says that there are no more."""
    n = shape[-1]
    rows = [[(k + i) % n if i <= k % 2 else -1 for i in range(n)] for k in range(math.prod(shape[:-1]))]
    python = str(rows[0] if len(shape) == 1 else rows)
    lua = str([[label + 1 for label in row] for row in rows]) if len(shape) > 1 else str([v + 1 for v in rows[0]])
    return "torch.Tensor" + lua.replace("[", "{").replace("]", "}"), f"torch.tensor({python})"


def _nested(texts: list[str], nesting: tuple[Any, ...], brackets: str) -> str:
    parts = [texts[part] if isinstance(part, int) else _nested(texts, part, brackets) for part in nesting]
    return brackets[0] + ", ".join(parts) + brackets[1]


def _arguments(spec: ClassSpec, example: Example) -> tuple[list[str], list[str]]:
    """What the module is called with, in Lua and in Python."""
    kinds = example.values.split(";")
    kinds = kinds if len(kinds) > 1 else kinds * len(example.inputs)
    texts = [_tensor(shape, kind, k) for k, (shape, kind) in enumerate(zip(example.inputs, kinds, strict=True))]
    in_lua, in_python = [lua for lua, _ in texts], [python for _, python in texts]
    target = [] if example.target is None or example.target[1] == "none" else [_tensor(*example.target, len(texts))]
    nesting = example.nesting if example.nesting is not None else tuple(range(len(texts)))
    if len(texts) == 1:
        lua, python = in_lua, in_python
    else:
        lua = [_nested(in_lua, nesting, "{}")]
        python = in_python if takes_each(spec) else [_nested(in_python, nesting, "[]")]
    missing = ["nil"] if example.target is not None and not target else []
    return lua + [t for t, _ in target] + missing, python + [t for _, t in target]


def built(example: Example) -> Any:
    """The module of an example, of float64."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        return eval(example.python, {"nn": nn, "tensor": torch.tensor})
    finally:
        torch.set_default_dtype(before)


def pytorch_form(spec: ClassSpec, example: Example) -> str:
    """The expression of an example in PyTorch; the shapes that it takes tell where there is a batch."""
    from lua_compat.export.pytorch import expression

    module = built(example)
    if isinstance(module, nn.Loss):
        return expression(module)
    _, arguments = _arguments(spec, example)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        given = [eval(text, {"torch": torch}) for text in arguments]
    finally:
        torch.set_default_dtype(before)
    with contextlib.redirect_stdout(None):  # some say what goes through them
        return expression(module, input=given[0] if len(given) == 1 else given)


def own_classes(form: str) -> list[str]:
    """The classes in a PyTorch expression that PyTorch lacks."""
    from lua_compat.export.pytorch.sources import pieces

    return [name for name in dict.fromkeys(re.findall(r"(?<![\w.])([A-Z]\w*)", form)) if name in pieces()]


_LUA = """\
require 'nn'
local m = {make}
m:evaluate()
for _, p in ipairs(m:parameters() or {{}}) do p:copy(torch.range(1, p:nElement()):sin()) end
{statement}"""
_PYTHON = """\
torch.set_default_dtype(torch.float64)
m = {make}
m.eval()
for p in m.parameters():
    p.data.copy_(torch.arange(1.0, p.numel() + 1).sin().view_as(p))
{statement}"""


def _without(text: str, module: Any) -> str:
    """Without what says nothing of this module: parameters where it has none, modes where it is a loss."""
    lines = text.split("\n")
    if not list(module.parameters()):
        lines = [line for line in lines if "parameters()" not in line and "p.data" not in line]
    if isinstance(module, nn.Loss) or not _has_modes(module):
        lines = [line for line in lines if line not in ("m:evaluate()", "m.eval()")]
    return "\n".join(lines)


def _has_modes(module: Any) -> bool:
    """Whether it does something else in training than in evaluation."""
    words = ("Dropout", "BatchNorm", "InstanceNorm", "RReLU", "WhiteNoise")
    return any(word in type(m).__name__ for m in module.modules() for word in words)


def programs(spec: ClassSpec, example: Example) -> Programs:
    """The three programs of an example.

    >>> from lua_compat.mapping.registry import REGISTRY
    >>> spec = REGISTRY["nn.Tanh"]
    >>> print(programs(spec, spec.examples[0]).python)
    import pytorch_from_lua as torch
    from pytorch_from_lua import nn
    <BLANKLINE>
    torch.set_default_dtype(torch.float64)
    m = nn.Tanh()
    y = m(torch.arange(1.0, 21).sin().view(4, 5))
    """
    from lua_compat.export.pytorch.sources import imports, sources

    module = built(example)
    in_lua, in_python = _arguments(spec, example)
    lua = _LUA.format(make=example.lua, statement=f"local y = m:forward({', '.join(in_lua)})")
    statement = f"y = m({', '.join(in_python)})"
    python = _PYTHON.format(make=re.sub(r"(?<![\w.])tensor\(", "torch.tensor(", example.python), statement=statement)
    head = "import pytorch_from_lua as torch\nfrom pytorch_from_lua import nn\n\n"
    form = pytorch_form(spec, example)
    theirs = _PYTHON.format(make=form, statement=statement)
    classes = sources(own_classes(form))
    whole = f"{classes}\n\n\n{theirs}" if classes else theirs
    body = "\n\n\n" if classes else "\n\n"
    return Programs(
        _without(lua, module),
        head + _without(python, module),
        imports(whole) + body + _without(whole, module),
    )
