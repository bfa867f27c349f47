"""Convolutions with other connections: by a table, plane by plane, with a weight for each place."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.convolution import PLANES, fill_sizes, read_sizes
from lua_compat.mapping.spec import WEIGHT_AND_BIAS, ClassSpec, Example, Fields, no_elements, register
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module

_SPACE = ("finput", "fgradInput", "_input", "_gradOutput")
_SIZES = ("nInputPlane", "nOutputPlane", "kW", "kH", "dW", "dH", "padW", "padH")


def _by_table(python: Any) -> Any:
    def make(fields: Fields) -> Module:
        return python(
            fields.needed("connTable") - 1,
            read_sizes(fields, PLANES, "kernel_size"),
            read_sizes(fields, PLANES, "stride", 1),
            dtype=fields.needed("weight").dtype,
        )

    return make


def _fill_table(module: Any, fields: dict[str, Any]) -> None:
    fields["nInputPlane"], fields["nOutputPlane"] = float(module.in_channels), float(module.out_channels)
    fill_sizes(module, fields, PLANES, "kernel_size", "stride")
    fields["connTable"] = module.connections.to(module.weight.dtype) + 1


def _depth_wise(fields: Fields) -> Module:
    return nn.SpatialDepthWiseConvolution(
        fields.int("nInputPlane"),
        fields.int("nOutputPlane"),
        read_sizes(fields, PLANES, "kernel_size"),
        read_sizes(fields, PLANES, "stride", 1),
        read_sizes(fields, PLANES, "padding", 0),
        bias="bias" in fields,
        dtype=fields.needed("weight").dtype,
    )


def _is_depth_wise(module: Any) -> bool:
    """Whether each plane is convolved by itself; of `Conv2d`, those with one kernel a plane, on the same memory."""
    if isinstance(module, nn.SpatialDepthWiseConvolution):
        return True
    symmetric = all(before == after for before, after in module.sides())
    plain = module.padding_mode == "zeros" and module.dilation == (1, 1) and symmetric
    return bool(plain and module.groups == module.in_channels == module.out_channels)


def _fill_depth_wise(module: Any, fields: dict[str, Any]) -> None:
    planes = module.in_channels
    fields["nInputPlane"] = float(planes)
    fill_sizes(module, fields, PLANES, "kernel_size", "stride", "padding")
    if isinstance(module, nn.SpatialDepthWiseConvolution):
        fields["nOutputPlane"] = float(module.multiplier)
    else:
        fields["nOutputPlane"] = 1.0
        for name, inner in (("weight", module.kernel_size), ("bias", ())):
            for field in (name, f"grad{name.capitalize()}"):
                if field in fields:
                    fields[field] = fields[field].view(1, planes, *inner)
    for name in _SPACE[:2]:
        fields[name] = no_elements(fields["output"].dtype)


def _local(fields: Fields) -> Module:
    return nn.SpatialConvolutionLocal(
        fields.int("nInputPlane"),
        fields.int("nOutputPlane"),
        (fields.int("iH"), fields.int("iW")),
        read_sizes(fields, PLANES, "kernel_size"),
        read_sizes(fields, PLANES, "stride", 1),
        read_sizes(fields, PLANES, "padding", 0),
        dtype=fields.needed("weight").dtype,
    )


def _fill_local(module: Any, fields: dict[str, Any]) -> None:
    fields["nInputPlane"], fields["nOutputPlane"] = float(module.in_channels), float(module.out_channels)
    fill_sizes(module, fields, PLANES, "kernel_size", "stride", "padding")
    for prefix, (height, width) in (("i", module.input_size), ("o", module.output_size)):
        fields[f"{prefix}H"], fields[f"{prefix}W"] = float(height), float(width)
    for name in _SPACE[:2]:
        fields[name] = no_elements(fields["output"].dtype)


register(
    "Convolution",
    ClassSpec(
        "nn.SpatialConvolutionMap",
        nn.SpatialConvolutionMap,
        (
            Example(
                "nn.SpatialConvolutionMap(nn.tables.oneToOne(3), 3, 2)",
                "nn.SpatialConvolutionMap([(0, 0), (1, 1), (2, 2)], (2, 3))",
                ((2, 3, 4, 5),),
            ),
            Example(
                "nn.SpatialConvolutionMap(torch.Tensor{{1, 2}, {3, 1}, {1, 1}, {1, 2}}, 2, 2, 2, 1)",
                "nn.SpatialConvolutionMap([(0, 1), (2, 0), (0, 0), (0, 1)], 2, stride=(1, 2))",
                ((3, 4, 5),),
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=_by_table(nn.SpatialConvolutionMap),
        fill=_fill_table,
        buffers=(*_SIZES, "connTable"),
        note="planes count from 0 in Python's table",
    ),
    ClassSpec(
        "nn.SpatialFullConvolutionMap",
        nn.SpatialFullConvolutionMap,
        (
            Example(
                "nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 2, 3, 1, 2)",
                "nn.SpatialFullConvolutionMap([(i, o) for o in range(3) for i in range(2)], (3, 2), (2, 1))",
                ((2, 2, 3, 4),),
            ),
            Example(
                "nn.SpatialFullConvolutionMap(torch.Tensor{{1, 2}, {2, 1}, {1, 2}}, 2, 2)",
                "nn.SpatialFullConvolutionMap([(0, 1), (1, 0), (0, 1)], 2)",
                ((2, 3, 4),),
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=_by_table(nn.SpatialFullConvolutionMap),
        fill=_fill_table,
        buffers=(*_SIZES, "connTable"),
        note="planes count from 0 in Python's table",
    ),
    ClassSpec(
        "nn.SpatialDepthWiseConvolution",
        nn.SpatialDepthWiseConvolution,
        (
            Example(
                "nn.SpatialDepthWiseConvolution(3, 2, 3, 2)",
                "nn.SpatialDepthWiseConvolution(3, 2, (2, 3))",
                ((2, 3, 4, 5),),
            ),
            Example(
                "nn.SpatialDepthWiseConvolution(3, 1, 3, 3, 2, 1, 1, 2):noBias()",
                "nn.SpatialDepthWiseConvolution(3, 1, 3, stride=(1, 2), padding=(2, 1), bias=False)",
                ((3, 4, 5),),
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=_depth_wise,
        fill=_fill_depth_wise,
        also=(nn.Conv2d,),
        accepts=_is_depth_wise,
        buffers=(*_SIZES, *_SPACE),
        note=(
            "`Conv2d(n, n, k, groups=n)` is saved as this; `conv2d()` gives such a module. In Lua, as in Torch7, every "
            "second pass confuses the gradients of as many kernels as planes"
        ),
    ),
    ClassSpec(
        "nn.SpatialConvolutionLocal",
        nn.SpatialConvolutionLocal,
        (
            Example(
                "nn.SpatialConvolutionLocal(2, 3, 5, 4, 3, 2)",
                "nn.SpatialConvolutionLocal(2, 3, (4, 5), (2, 3))",
                ((2, 2, 4, 5),),
            ),
            Example(
                "nn.SpatialConvolutionLocal(2, 3, 5, 4, 3, 3, 2, 1, 1, 2)",
                "nn.SpatialConvolutionLocal(2, 3, (4, 5), 3, stride=(1, 2), padding=(2, 1))",
                ((2, 4, 5),),
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=_local,
        fill=_fill_local,
        buffers=(*_SIZES, "iW", "iH", "oW", "oH", *_SPACE),
    ),
)
