"""Convolutions over planes. Torch7 speaks of width, then height; pairs in Python are (height, width)."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import WEIGHT_AND_BIAS, ClassSpec, Example, Fields, no_elements, register
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module

#: Torch7's pairs of fields, and the Python attribute that holds both.
PAIRS = {
    "kernel_size": ("kH", "kW"),
    "stride": ("dH", "dW"),
    "padding": ("padH", "padW"),
    "dilation": ("dilationH", "dilationW"),
}


def pair(fields: Fields, name: str, default: int | None = None) -> tuple[int, int]:
    """(height, width) out of the two fields of ``name``."""
    high, wide = PAIRS[name]
    return fields.int(high, default), fields.int(wide, default)


def fill_pairs(module: Any, fields: dict[str, Any], *names: str) -> None:
    """The two fields of each name."""
    for name in names:
        for field, value in zip(PAIRS[name], getattr(module, name), strict=True):
            fields[field] = float(value)


def _repair(fields: dict[str, Any]) -> None:
    """Before padding had a width and a height it was one number, and before that there was none."""
    for name in PAIRS["padding"]:
        if fields.get(name) is None:
            fields[name] = fields.get("padding") or 0.0


def _make(fields: Fields) -> Module:
    weight = fields.needed("weight")
    return nn.Conv2d(
        fields.int("nInputPlane"),
        fields.int("nOutputPlane"),
        pair(fields, "kernel_size"),
        pair(fields, "stride"),
        pair(fields, "padding", 0),
        pair(fields, "dilation", 1),
        bias="bias" in fields,
        dtype=weight.dtype,
    )


def _fill(module: Any, fields: dict[str, Any]) -> None:
    fields["nInputPlane"], fields["nOutputPlane"] = float(module.in_channels), float(module.out_channels)
    fill_pairs(module, fields, "kernel_size", "stride", "padding")
    for name in ("finput", "fgradInput"):
        fields[name] = no_elements(module.weight.dtype)


def _fill_flat(module: Any, fields: dict[str, Any]) -> None:
    """The class whose weight is a matrix."""
    _fill(module, fields)
    for name in ("weight", "gradWeight"):
        fields[name] = fields[name].view(module.out_channels, -1)


def _fill_dilated(module: Any, fields: dict[str, Any]) -> None:
    _fill(module, fields)
    fill_pairs(module, fields, "dilation")


_FIELDS = (
    *("nInputPlane", "nOutputPlane", "kW", "kH", "dW", "dH", "padW", "padH", "padding", "dilationW", "dilationH"),
    *("finput", "fgradInput", "_input", "_gradOutput"),
)
_IMAGE = ((2, 3, 7, 6),)

register(
    "Convolution",
    ClassSpec(
        "nn.SpatialConvolution",
        nn.Conv2d,
        (
            Example("nn.SpatialConvolution(3, 4, 3, 2)", "nn.Conv2d(3, 4, (2, 3))", _IMAGE),
            Example(
                "nn.SpatialConvolution(3, 4, 3, 3, 2, 1, 1, 2)",
                "nn.Conv2d(3, 4, 3, stride=(1, 2), padding=(2, 1))",
                _IMAGE,
            ),
            Example("nn.SpatialConvolution(3, 4, 3, 3):noBias()", "nn.Conv2d(3, 4, 3, bias=False)", ((3, 7, 6),)),
        ),
        params=WEIGHT_AND_BIAS,
        make=_make,
        fill=_fill,
        repair=_repair,
        accepts=lambda module: module.groups == 1 and module.dilation == (1, 1),
        buffers=_FIELDS,
        note="Torch7 gives the width first, Python (height, width)",
    ),
    ClassSpec(
        "nn.SpatialConvolutionMM",
        nn.Conv2d,
        (Example("nn.SpatialConvolutionMM(3, 4, 3, 3, 1, 1, 1)", "nn.Conv2d(3, 4, 3, padding=1)", _IMAGE),),
        params=WEIGHT_AND_BIAS,
        make=_make,
        fill=_fill_flat,
        repair=_repair,
        accepts=lambda module: module.groups == 1 and module.dilation == (1, 1),
        buffers=_FIELDS,
        note="its weight is a matrix in Torch7",
    ),
    ClassSpec(
        "nn.SpatialDilatedConvolution",
        nn.Conv2d,
        (
            Example(
                "nn.SpatialDilatedConvolution(3, 4, 3, 3, 1, 1, 2, 2, 2, 2)",
                "nn.Conv2d(3, 4, 3, padding=2, dilation=2)",
                _IMAGE,
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=_make,
        fill=_fill_dilated,
        repair=_repair,
        accepts=lambda module: module.groups == 1,
        buffers=_FIELDS,
    ),
)
