"""Containers of one module, and what is made of `Concat`."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.mapping.containers import fill_sizes
from lua_compat.mapping.spec import (
    ANY,
    DIM,
    INT,
    Attr,
    ClassSpec,
    Example,
    Fields,
    Kind,
    register,
)
from lua_compat.t7 import T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.tensor import Tensor

_ROWS = ((6, 4),)
_LINEAR = "nn.Linear(4, 2)"
#: nil stands for false.
_OPTIONAL_FLAG = Kind(bool, lambda v: True if v else None)


def _decorator(torch7: str, python: Any, lua: str, code: str, *attrs: Attr, **options: Any) -> ClassSpec:
    """A row whose examples hold the same layer."""
    shape = options.pop("shape", _ROWS)
    example = Example(lua.replace("M", _LINEAR), code.replace("M", _LINEAR), shape)
    return ClassSpec(torch7, python, (example, *options.pop("more", ())), attrs, children=True, **options)


def _fill_bottle(module: Any, fields: dict[str, Any]) -> None:
    dtype = fields["output"].dtype.numpy
    fields["dimDelta"] = float(module.num_input_dims - module.num_output_dims)
    fields["inShape"] = Tensor.from_array(np.zeros(module.num_input_dims, dtype))
    fields["outShape"] = Tensor.from_array(np.zeros(module.num_output_dims, dtype))


def _fill_profile(module: Any, fields: dict[str, Any]) -> None:
    if fields["name"] is None:
        fields["name"] = fields["modules"].get(1.0).class_name
    fields["module"] = fields["modules"].get(1.0)
    fields.update(numFwds=0.0, numBwds=0.0, summedFwdTime=0.0, summedBwdTime=0.0)


def _make_convert(fields: Fields) -> nn.Convert:
    given = fields.get("inputShape")
    return nn.Convert() if given == "b*" else nn.Convert(given, fields.get("outputShape"))


def _fill_convert(module: Any, fields: dict[str, Any]) -> None:
    given, wanted = module.input_shape, module.output_shape
    fields["modules"] = T7Table()  # which the first input adds to
    fields.update(inputBatchDim=given.index("b") + 1.0, outputBatchDim=wanted.index("b") + 1.0)
    if given == "b*":
        fields["transposition"] = True
        return
    fields.update(nInputDim=float(len(given)), nOutputDim=float(len(wanted)))
    if len(given) == len(wanted):
        fields["transposition"] = sorted(given) == sorted(wanted)


register(
    "Decorators and conversions",
    _decorator("nn.Decorator", nn.Decorator, "nn.Decorator(M)", "nn.Decorator(M)"),
    _decorator(
        "nn.Bottle",
        nn.Bottle,
        "nn.Bottle(M)",
        "nn.Bottle(M)",
        Attr("nInputDim", "num_input_dims", INT),
        Attr("nOutputDim", "num_output_dims", INT),
        shape=((2, 3, 4),),
        more=(
            Example(f"nn.Bottle({_LINEAR})", f"nn.Bottle({_LINEAR})", _ROWS),
            Example("nn.Bottle(nn.Sum(2), 2, 1)", "nn.Bottle(nn.Sum(1), 2, 1)", ((2, 3, 4),)),
        ),
        fill=_fill_bottle,
        buffers=("dimDelta", "inShape", "outShape"),
    ),
    _decorator(
        "nn.DontCast",
        nn.DontCast,
        "nn.DontCast(M, true)",
        "nn.DontCast(M, cast_in=True)",
        Attr("castin", "cast_in", _OPTIONAL_FLAG, False),
        Attr("castout", "cast_out", _OPTIONAL_FLAG, False),
        more=(Example(f"nn.DontCast({_LINEAR})", f"nn.DontCast({_LINEAR})", _ROWS),),
        fill=lambda module, fields: fields.update(moduleType=fields["_type"]) if fields["castin"] else None,
        buffers=("moduleType",),
    ),
    _decorator("nn.NaN", nn.NaN, "nn.NaN(M, 1)", "nn.NaN(M, id=1)", Attr("id", kind=ANY)),
    _decorator(
        "nn.Profile",
        nn.Profile,
        "nn.Profile(M, 50, 'first')",
        "nn.Profile(M, print_interval=50, name='first')",
        Attr("print_interval", kind=INT),
        Attr("name"),
        fill=_fill_profile,
        buffers=("module", "numFwds", "numBwds", "summedFwdTime", "summedBwdTime", "timer"),
    ),
    _decorator(
        "nn.GPU",
        nn.GPU,
        "nn.GPU(M, 1)",
        "nn.GPU(M, device=1)",
        Attr("device", kind=INT),
        Attr("outdevice", kind=INT),
        note="a pass-through: the device is kept",
    ),
    ClassSpec(
        "nn.DepthConcat",
        nn.DepthConcat,
        (
            Example(
                "nn.DepthConcat(2):add(nn.SpatialConvolution(2, 3, 1, 1)):add(nn.SpatialConvolution(2, 2, 3, 2))",
                "nn.DepthConcat(1, nn.Conv2d(2, 3, 1), nn.Conv2d(2, 2, (2, 3)))",
                ((2, 2, 5, 5),),
            ),
        ),
        (Attr("dimension", "dim", DIM),),
        children=True,
        fill=fill_sizes("outputSize"),
        buffers=("outputSize", "size"),
    ),
    ClassSpec(
        "nn.Convert",
        nn.Convert,
        (
            Example("nn.Convert('bhwc', 'bchw')", "nn.Convert('bhwc', 'bchw')", ((2, 3, 4, 5),)),
            Example("nn.Convert('bhwc', 'bchw')", "nn.Convert('bhwc', 'bchw')", ((3, 4, 5),)),
            Example("nn.Convert('bchw', 'bf')", "nn.Convert('bchw', 'bf')", ((2, 3, 2, 2),)),
            Example("nn.Convert('fb', 'b')", "nn.Convert('fb', 'b')", ((3, 4),)),
            Example("nn.Convert()", "nn.Convert()", ((3, 4),)),
        ),
        (Attr("inputShape", "input_shape"), Attr("outputShape", "output_shape")),
        make=_make_convert,
        fill=_fill_convert,
        buffers=(
            *("batchMode", "converter", "inputBatchDim", "modules", "nInputDim", "nOutputDim", "outputBatchDim"),
            "transposition",
        ),
    ),
)
