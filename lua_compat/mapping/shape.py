"""Modules that rearrange, pick or reduce dimensions: they count from 1 in Torch7 and from 0 here."""

from __future__ import annotations

import math
from typing import Any

from lua_compat.mapping.spec import (
    DIM,
    FLAG,
    INT,
    OPTIONAL_DIM,
    OPTIONAL_INT,
    SIZES,
    Attr,
    ClassSpec,
    Example,
    Fields,
    Kind,
    no_elements,
    register,
)
from lua_compat.t7 import T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor.dtype import DType

_CUBE = ((2, 3, 4),)
_DIMS = Attr("nInputDims", "num_input_dims", OPTIONAL_INT)
_LATER_DIMS = Attr("numInputDims", "num_input_dims", OPTIONAL_INT)
#: ``{{1, 2}, {2, 3}}`` and ((0, 1), (1, 2)).
_PAIRS = Kind(
    lambda v: tuple([tuple([DIM.to_python(d) for d in pair.to_list()]) for pair in v.to_list()]),
    lambda v: T7Table.of([T7Table.of([DIM.to_torch7(d) for d in pair]) for pair in v]),
)


def _view(fields: Fields) -> Module:
    sizes = SIZES.to_python(fields.get("size"))
    return nn.View(*sizes, num_input_dims=OPTIONAL_INT.to_python(fields.get("numInputDims")))


def _fill_view(module: Any, fields: dict[str, Any]) -> None:
    fields["size"] = SIZES.to_torch7(module.sizes)
    fields["numElements"] = float(math.prod([s for s in module.sizes if s != -1]))
    fields["numInputDims"] = OPTIONAL_INT.to_torch7(module.num_input_dims)


def _reshape(fields: Fields) -> Module:
    mode = fields.values.get("batchMode")
    return nn.Reshape(*SIZES.to_python(fields.get("size")), batch_mode=mode)


def _fill_reshape(module: Any, fields: dict[str, Any]) -> None:
    fields["size"], fields["batchsize"] = SIZES.to_torch7(module.sizes), SIZES.to_torch7((1, *module.sizes))
    fields["nelement"] = float(math.prod(module.sizes))
    fields["batchMode"] = module.batch_mode


def _transpose(fields: Fields) -> Module:
    pairs = _PAIRS.to_python(fields.get("permutations", T7Table()))
    return nn.Transpose(*pairs, num_input_dims=OPTIONAL_INT.to_python(fields.get("numInputDims")))


def _fill_transpose(module: Any, fields: dict[str, Any]) -> None:
    fields["permutations"] = _PAIRS.to_torch7(module.pairs)
    fields["numInputDims"] = OPTIONAL_INT.to_torch7(module.num_input_dims)


def _narrow(fields: Fields) -> Module:
    """A negative index does not count from the end in Torch7: it leaves out the last ``length``."""
    index, length = fields.int("index"), fields.int("length", 1)
    dim = DIM.to_python(fields.int("dimension"))
    return nn.Narrow(dim, 0, -(length + 1)) if index < 0 else nn.Narrow(dim, index - 1, length)


def _copy(fields: Fields) -> Module:
    """The class keeps its types nowhere but in the types of its results."""
    output = fields.tensor("output")
    return nn.Copy(None if output is None else output.dtype)


def _fill_copy(module: Any, fields: dict[str, Any]) -> None:
    if module.dtype is not None:
        fields["output"] = no_elements(DType.of(module.dtype))


register(
    "Shapes and reductions",
    ClassSpec(
        "nn.View",
        nn.View,
        (
            Example("nn.View(12)", "nn.View(12)", _CUBE),
            Example("nn.View(-1):setNumInputDims(2)", "nn.View(-1, num_input_dims=2)", _CUBE),
        ),
        make=_view,
        fill=_fill_view,
        buffers=("size", "numElements", "numInputDims"),
    ),
    ClassSpec(
        "nn.Reshape",
        nn.Reshape,
        (
            Example("nn.Reshape(4, 3)", "nn.Reshape(4, 3)", _CUBE),
            Example("nn.Reshape(6, 4, false)", "nn.Reshape(6, 4, batch_mode=False)", _CUBE),
        ),
        make=_reshape,
        fill=_fill_reshape,
        buffers=("size", "batchsize", "nelement", "batchMode", "_input", "_gradOutput"),
    ),
    ClassSpec(
        "nn.Squeeze",
        nn.Squeeze,
        (
            Example("nn.Squeeze()", "nn.Squeeze()", ((2, 1, 4),)),
            Example("nn.Squeeze(2, 3)", "nn.Squeeze(1, num_input_dims=3)", ((2, 3, 1, 4),)),
        ),
        (Attr("dim", kind=OPTIONAL_DIM), _LATER_DIMS),
    ),
    ClassSpec(
        "nn.Unsqueeze",
        nn.Unsqueeze,
        (Example("nn.Unsqueeze(2, 2)", "nn.Unsqueeze(1, num_input_dims=2)", _CUBE),),
        (Attr("pos", "dim", DIM), _LATER_DIMS),
    ),
    ClassSpec(
        "nn.Transpose",
        nn.Transpose,
        (Example("nn.Transpose({1, 2}, {2, 3})", "nn.Transpose((0, 1), (1, 2))", _CUBE),),
        make=_transpose,
        fill=_fill_transpose,
        buffers=("permutations", "numInputDims"),
    ),
    ClassSpec("nn.Contiguous", nn.Contiguous, (Example("nn.Contiguous()", "nn.Contiguous()", _CUBE),)),
    ClassSpec(
        "nn.Copy",
        nn.Copy,
        (Example("nn.Copy('torch.DoubleTensor', 'torch.DoubleTensor')", "nn.Copy('float64')", _CUBE),),
        make=_copy,
        fill=_fill_copy,
        buffers=("intype", "outtype", "dontCast"),
    ),
    ClassSpec(
        "nn.Select",
        nn.Select,
        (
            Example("nn.Select(2, 3)", "nn.Select(1, 2)", _CUBE),
            Example("nn.Select(-1, -2)", "nn.Select(-1, -2)", _CUBE),
        ),
        (Attr("dimension", "dim", DIM), Attr("index", kind=DIM)),
    ),
    ClassSpec(
        "nn.Narrow",
        nn.Narrow,
        (
            Example("nn.Narrow(2, 2, 2)", "nn.Narrow(1, 1, 2)", _CUBE),
            Example("nn.Narrow(2, 2, -1)", "nn.Narrow(1, 1, -1)", _CUBE),
        ),
        (Attr("dimension", "dim", DIM), Attr("index", "start", DIM), Attr("length", kind=INT)),
        make=_narrow,
        accepts=lambda module: module.start >= 0,
        note="a negative index leaves out the last ones in Torch7, and counts from the end in Python",
    ),
    ClassSpec(
        "nn.Replicate",
        nn.Replicate,
        (Example("nn.Replicate(5, 1, 2)", "nn.Replicate(5, 0, num_input_dims=2)", _CUBE),),
        (
            Attr("nfeatures", "count", INT),
            Attr("dim", kind=DIM, default=0),
            Attr("ndim", "num_input_dims", OPTIONAL_INT),
        ),
    ),
    ClassSpec(
        "nn.Sum",
        nn.Sum,
        (
            Example("nn.Sum(2)", "nn.Sum(1)", _CUBE),
            Example("nn.Sum(1, 2, true)", "nn.Sum(0, num_input_dims=2, size_average=True)", _CUBE),
        ),
        (
            Attr("dimension", "dim", DIM),
            _DIMS,
            Attr("sizeAverage", "size_average", FLAG, False),
            Attr("squeeze", kind=FLAG, default=True),
        ),
        buffers=("_gradOutput",),
    ),
    ClassSpec(
        "nn.Mean",
        nn.Mean,
        (Example("nn.Mean(2)", "nn.Mean(1)", _CUBE),),
        (Attr("dimension", "dim", DIM), _DIMS, Attr("squeeze", kind=FLAG, default=True)),
        fill=lambda module, fields: fields.update(sizeAverage=True),
        buffers=("sizeAverage", "_gradOutput"),
    ),
    *[
        ClassSpec(
            f"nn.{name}",
            python,
            (Example(f"nn.{name}(2)", f"nn.{name}(1)", _CUBE),),
            (Attr("dimension", "dim", DIM), _DIMS),
            buffers=("_indices", "_output"),
        )
        for name, python in [("Max", nn.Max), ("Min", nn.Min)]
    ],
)
