"""Pooling and padding over planes."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.convolution import fill_pairs, pair
from lua_compat.mapping.spec import ClassSpec, Example, Fields, no_elements, register
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor.dtype import int64

_IMAGE = ((2, 3, 7, 6),)
_SIDES = ("pad_l", "pad_r", "pad_t", "pad_b")
_FIELDS = (
    *("kW", "kH", "dW", "dH", "padW", "padH", "ceil_mode", "count_include_pad", "divide"),
    *("indices", "iwidth", "iheight"),
)


def _max(fields: Fields) -> Module:
    return nn.MaxPool2d(
        pair(fields, "kernel_size"),
        pair(fields, "stride"),
        pair(fields, "padding", 0),
        ceil_mode=bool(fields.get("ceil_mode", False)),
    )


def _fill_max(module: Any, fields: dict[str, Any]) -> None:
    fill_pairs(module, fields, "kernel_size", "stride", "padding")
    fields["ceil_mode"] = module.ceil_mode
    fields["indices"] = no_elements(int64)


def _average(fields: Fields) -> Module:
    return nn.AvgPool2d(
        pair(fields, "kernel_size"),
        pair(fields, "stride"),
        pair(fields, "padding", 0),
        bool(fields.get("ceil_mode", False)),
        bool(fields.get("count_include_pad", True)),
        None if fields.get("divide", True) else 1,
    )


def _fill_average(module: Any, fields: dict[str, Any]) -> None:
    fill_pairs(module, fields, "kernel_size", "stride", "padding")
    fields["ceil_mode"], fields["count_include_pad"] = module.ceil_mode, module.count_include_pad
    fields["divide"] = module.divisor_override is None


def _fill_padding(module: Any, fields: dict[str, Any]) -> None:
    fields.update({name: float(size) for name, size in zip(_SIDES, module.padding, strict=True)})


register(
    "Pooling and padding",
    ClassSpec(
        "nn.SpatialMaxPooling",
        nn.MaxPool2d,
        (
            Example("nn.SpatialMaxPooling(2, 2)", "nn.MaxPool2d(2)", _IMAGE),
            Example("nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1):ceil()", "nn.MaxPool2d(3, 2, 1, ceil_mode=True)", _IMAGE),
        ),
        make=_max,
        fill=_fill_max,
        accepts=lambda module: module.dilation == (1, 1),
        buffers=_FIELDS,
        note="Torch7 gives the width first, Python (height, width)",
    ),
    ClassSpec(
        "nn.SpatialAveragePooling",
        nn.AvgPool2d,
        (
            Example("nn.SpatialAveragePooling(2, 2, 2, 2)", "nn.AvgPool2d(2)", _IMAGE),
            Example(
                "nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1):setCountExcludePad()",
                "nn.AvgPool2d(3, 2, 1, count_include_pad=False)",
                _IMAGE,
            ),
        ),
        make=_average,
        fill=_fill_average,
        accepts=lambda module: module.divisor_override in (None, 1),
        buffers=_FIELDS,
        note="Torch7 steps by 1 where no step is given, Python by the window's size",
    ),
    ClassSpec(
        "nn.SpatialZeroPadding",
        nn.ZeroPad2d,
        (Example("nn.SpatialZeroPadding(1, 2, 0, 1)", "nn.ZeroPad2d((1, 2, 0, 1))", _IMAGE),),
        make=lambda fields: nn.ZeroPad2d(tuple([fields.int(name, 0) for name in _SIDES])),  # type: ignore[arg-type]
        fill=_fill_padding,
        buffers=_SIDES,
    ),
)
