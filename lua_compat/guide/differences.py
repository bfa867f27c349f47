"""What differs between a Torch7 class and its Python counterpart: what the specification tells, and its note."""

from __future__ import annotations

import inspect

from lua_compat.mapping.spec import DIM, OPTIONAL_DIM, ClassSpec, Example, Kind
from pytorch_from_lua import nn

#: Modules that are called with two tensors in Python.
OF_TWO = (nn.Bilinear, nn.CosineSimilarity, nn.PairwiseDistance)


def takes_each(spec: ClassSpec) -> bool:
    """Whether Python calls it with several tensors, where Torch7 gives it a table."""
    python = spec.python
    own = issubclass(python, nn.Loss) and python._of is not nn.Loss._of
    return issubclass(python, OF_TWO) or own


def _several(example: Example) -> bool:
    return len(example.inputs) > 1


def _counting(spec: ClassSpec) -> list[str]:
    """What counts from 1 in Lua and from 0 in Python."""
    counted = [attr for attr in spec.attrs if _shifts(attr.kind)]
    what = []
    if any(attr.python in ("dim", "input_dim", "output_dim") for attr in counted):
        what.append("dimensions")
    if any(attr.python not in ("dim", "input_dim", "output_dim") for attr in counted):
        what.append("places")
    values = {value.partition(":")[0] for e in spec.examples for value in e.values.split(";")}
    targets = {e.target[1].partition(":")[0] for e in spec.examples if e.target is not None}
    what += ["indices"] * ("labels" in values)
    what += ["labels"] * bool(targets & {"labels", "label sets"})
    return [f"{' and '.join(what)} count from 1 in Lua, from 0 in Python"] if what else []


def _shifts(kind: Kind) -> bool:
    """Whether the kind makes a 1 of Torch7's a 0."""
    return kind.to_python is DIM.to_python or kind is OPTIONAL_DIM


def _sizes(spec: ClassSpec) -> list[str]:
    """The order of width and height."""
    held = set(spec.buffers) | {attr.field for attr in spec.attrs}
    if not any({f"{prefix}W", f"{prefix}H"} <= held for prefix in ("k", "", "poolSize")):
        return []
    if "Volumetric" in spec.torch7:
        return ["sizes are depth, width, height in Lua, (depth, height, width) in Python"]
    return ["sizes are width, height in Lua, (height, width) in Python"]


def _criterion(spec: ClassSpec) -> list[str]:
    said = []
    averages = spec.make is not None and "reduction" in inspect.signature(spec.python).parameters
    if averages and "sizeAverage" not in spec.note:
        said.append("`sizeAverage` true is `reduction='mean'`, false `'sum'`")
    if "weights" in spec.buffers and "criterions" not in spec.buffers:
        said.append("`weights` is `weight`")
    return said


def differences(spec: ClassSpec) -> list[str]:
    """Short sentences, without a full stop: what a script has to mind that says the class in the other language.

    >>> from lua_compat.mapping.registry import REGISTRY
    >>> differences(REGISTRY["nn.JoinTable"])[0]
    'dimensions count from 1 in Lua, from 0 in Python'
    """
    said = [*_counting(spec), *_sizes(spec)]
    if issubclass(spec.python, nn.Loss):
        said += _criterion(spec)
    if any(_several(e) for e in spec.examples):
        inputs = "arguments" if takes_each(spec) else "a list"
        said.append(f"the inputs are a table in Lua, {inputs} in Python")
    if any(attr.field == "inplace" for attr in spec.attrs):
        said.append("a last argument of true works in place, `inplace=True` in Python")
    return [*said, spec.note] if spec.note else said
