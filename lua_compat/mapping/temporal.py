"""Layers over frames, whose features come last, and sub-sampling."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.convolution import PLANES, fill_sizes, read_sizes
from lua_compat.mapping.spec import (
    FLAG,
    INT,
    WEIGHT_AND_BIAS,
    Attr,
    ClassSpec,
    Example,
    Fields,
    no_elements,
    register,
)
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module

_FRAMES = ((2, 7, 3),)
_WINDOW = (Attr("kW", "kernel_size", INT), Attr("dW", "stride", INT, 1))


def _convolution(fields: Fields) -> Module:
    return nn.TemporalConvolution(
        fields.int("inputFrameSize"),
        fields.int("outputFrameSize"),
        fields.int("kW"),
        fields.int("dW", 1),
        bias="bias" in fields,
        dtype=fields.needed("weight").dtype,
    )


def _row(fields: Fields) -> Module:
    return nn.TemporalRowConvolution(
        fields.int("inputFrameSize"),
        fields.int("kW"),
        fields.int("dW", 1),
        bool(fields.get("featFirst", False)),
        bias="bias" in fields,
        dtype=fields.needed("weight").dtype,
    )


def _fill_row(module: Any, fields: dict[str, Any]) -> None:
    for name in ("finput", "fgradInput"):
        fields[name] = no_elements(fields["output"].dtype)


def _sub_sampling(fields: Fields) -> Module:
    return nn.SpatialSubSampling(
        fields.int("nInputPlane"),
        read_sizes(fields, PLANES, "kernel_size"),
        read_sizes(fields, PLANES, "stride", 1),
        dtype=fields.needed("weight").dtype,
    )


def _fill_sub_sampling(module: Any, fields: dict[str, Any]) -> None:
    fields["nInputPlane"] = float(module.channels)
    fill_sizes(module, fields, PLANES, "kernel_size", "stride")


def _temporal_sub_sampling(fields: Fields) -> Module:
    return nn.TemporalSubSampling(
        fields.int("inputFrameSize"), fields.int("kW"), fields.int("dW", 1), dtype=fields.needed("weight").dtype
    )


register(
    "Convolution",
    ClassSpec(
        "nn.TemporalConvolution",
        nn.TemporalConvolution,
        (
            Example("nn.TemporalConvolution(3, 4, 2)", "nn.TemporalConvolution(3, 4, 2)", _FRAMES),
            Example("nn.TemporalConvolution(3, 2, 3, 2)", "nn.TemporalConvolution(3, 2, 3, stride=2)", ((8, 3),)),
        ),
        (Attr("inputFrameSize", "in_features", INT), Attr("outputFrameSize", "out_features", INT), *_WINDOW),
        params=WEIGHT_AND_BIAS,
        make=_convolution,
        note="features come last, as in Torch7; `Conv1d` has them before the frames",
    ),
    ClassSpec(
        "nn.TemporalRowConvolution",
        nn.TemporalRowConvolution,
        (
            Example("nn.TemporalRowConvolution(3, 2)", "nn.TemporalRowConvolution(3, 2)", _FRAMES),
            Example(
                "nn.TemporalRowConvolution(3, 2, 3, true):noBias()",
                "nn.TemporalRowConvolution(3, 2, stride=3, features_first=True, bias=False)",
                ((3, 9),),
            ),
        ),
        (
            Attr("inputFrameSize", "features", INT),
            *_WINDOW,
            Attr("featFirst", "features_first", FLAG, default=False),
        ),
        params=WEIGHT_AND_BIAS,
        make=_row,
        fill=_fill_row,
        buffers=("finput", "fgradInput"),
    ),
    ClassSpec(
        "nn.TemporalSubSampling",
        nn.TemporalSubSampling,
        (
            Example("nn.TemporalSubSampling(3, 2, 2)", "nn.TemporalSubSampling(3, 2, stride=2)", _FRAMES),
            Example("nn.TemporalSubSampling(3, 3)", "nn.TemporalSubSampling(3, 3)", ((5, 3),)),
        ),
        (Attr("inputFrameSize", "features", INT), *_WINDOW),
        params=WEIGHT_AND_BIAS,
        make=_temporal_sub_sampling,
    ),
    ClassSpec(
        "nn.SpatialSubSampling",
        nn.SpatialSubSampling,
        (
            Example("nn.SpatialSubSampling(2, 2, 2, 2, 2)", "nn.SpatialSubSampling(2, 2, 2)", ((3, 2, 4, 7),)),
            Example(
                "nn.SpatialSubSampling(2, 3, 2, 2, 1)",
                "nn.SpatialSubSampling(2, (2, 3), stride=(1, 2))",
                ((2, 4, 6),),
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=_sub_sampling,
        fill=_fill_sub_sampling,
        buffers=("nInputPlane", "kW", "kH", "dW", "dH"),
    ),
)
