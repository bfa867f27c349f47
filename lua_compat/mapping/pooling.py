"""Pooling over planes, volumes and sequences, and what undoes it."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.convolution import PLANES, VOLUMES, fill_sizes, read_sizes
from lua_compat.mapping.spec import (
    FLAG,
    FLOAT,
    INT,
    Attr,
    ClassSpec,
    Elsewhere,
    Example,
    Fields,
    no_elements,
    register,
)
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor.dtype import int64

_IMAGE, _VOLUME, _SEQUENCE = ((2, 3, 7, 6),), ((2, 2, 5, 4, 6),), ((2, 6, 3),)
_WINDOWS = tuple([prefix + axis for prefix in ("k", "d", "pad", "dilation") for axis in VOLUMES])
_FIELDS = (*_WINDOWS, *("ceil_mode", "count_include_pad", "divide", "indices", "itime", "iheight", "iwidth"))


def _make_max(python: Any, axes: tuple[str, ...]) -> Any:
    def make(fields: Fields) -> Module:
        return python(
            read_sizes(fields, axes, "kernel_size"),
            read_sizes(fields, axes, "stride"),
            read_sizes(fields, axes, "padding", 0),
            read_sizes(fields, axes, "dilation", 1),
            ceil_mode=bool(fields.get("ceil_mode", False)),
        )

    return make


def _fill_max(axes: tuple[str, ...], *more: str) -> Any:
    def fill(module: Any, fields: dict[str, Any]) -> None:
        fill_sizes(module, fields, axes, "kernel_size", "stride", "padding", *more)
        fields["ceil_mode"] = module.ceil_mode
        fields["indices"] = no_elements(int64)

    return fill


def _max(
    torch7: str, python: Any, axes: tuple[str, ...], examples: tuple[Example, ...], dilated: bool, version: int = 1
) -> ClassSpec:
    return ClassSpec(
        torch7,
        python,
        examples,
        make=_make_max(python, axes),
        fill=_fill_max(axes, "dilation") if dilated else _fill_max(axes),
        accepts=lambda module: not module.return_indices and (dilated or set(module.dilation) == {1}),
        buffers=_FIELDS,
        version=version,
    )


def _average(fields: Fields) -> Module:
    return nn.AvgPool2d(
        read_sizes(fields, PLANES, "kernel_size"),
        read_sizes(fields, PLANES, "stride"),
        read_sizes(fields, PLANES, "padding", 0),
        bool(fields.get("ceil_mode", False)),
        bool(fields.get("count_include_pad", True)),
        None if fields.get("divide", True) else 1,
    )


def _fill_average(module: Any, fields: dict[str, Any]) -> None:
    fill_sizes(module, fields, PLANES, "kernel_size", "stride", "padding")
    fields["ceil_mode"], fields["count_include_pad"] = module.ceil_mode, module.count_include_pad
    fields["divide"] = module.divisor_override is None


def _plain_average(module: Any) -> bool:
    """Whether Torch7 has the average over volumes: it knows no padding and no other divisor."""
    return set(module.padding) == {0} and not module.ceil_mode and module.divisor_override is None


# -- to a given size ---------------------------------------------------------------------------------------------------


def _adaptive(torch7: str, python: Any) -> ClassSpec:
    name = python.__name__
    return ClassSpec(
        torch7,
        python,
        (
            Example(f"{torch7}(3, 2)", f"nn.{name}((2, 3))", _IMAGE),
            Example(f"{torch7}(1, 1)", f"nn.{name}(1)", ((3, 7, 6),)),
        ),
        make=lambda fields: python((fields.int("H"), fields.int("W"))),
        fill=_fill_adaptive,
        accepts=lambda module: None not in module.output_size and not getattr(module, "return_indices", False),
        buffers=("W", "H", "indices"),
    )


def _fill_adaptive(module: Any, fields: dict[str, Any]) -> None:
    fields["H"], fields["W"] = map(float, module.output_size)


def _make_fractional(python: Any, axes: tuple[str, ...]) -> Any:
    def make(fields: Fields) -> Module:
        kernel = tuple([fields.int(f"poolSize{axis}") for axis in axes])
        if "ratioW" in fields:
            module = python(kernel, output_ratio=tuple([float(fields.get(f"ratio{axis}")) for axis in axes]))
        else:
            module = python(kernel, tuple([fields.int(f"out{axis}") for axis in axes]))
        if fields.get("newRandomPool", False):  # the name says the opposite of what it does
            module.fix_pooling_regions()
            module._random_samples = fields.tensor("randomSamples")
        return module

    return make


def _fill_fractional(axes: tuple[str, ...]) -> Any:
    def fill(module: Any, fields: dict[str, Any]) -> None:
        rows = [("poolSize", module.kernel_size), ("out", module.output_size), ("ratio", module.output_ratio)]
        for prefix, values in rows:
            if values is not None:
                fields.update({prefix + axis: float(v) for axis, v in zip(axes, values, strict=True)})
        fields["newRandomPool"] = module.fixed_regions
        if module._random_samples is not None:
            fields["randomSamples"] = module._random_samples

    return fill


def _fractional(torch7: str, python: Any, axes: tuple[str, ...], examples: tuple[Example, ...]) -> ClassSpec:
    return ClassSpec(
        torch7,
        python,
        examples,
        make=_make_fractional(python, axes),
        fill=_fill_fractional(axes),
        accepts=lambda module: not module.return_indices,
        buffers=(
            *[prefix + axis for prefix in ("poolSize", "out", "ratio") for axis in axes],
            *("newRandomPool", "randomSamples", "indices"),
        ),
        note="the windows are drawn in evaluation too",
    )


# -- by powers ---------------------------------------------------------------------------------------------------------


def _lp(fields: Fields) -> Module:
    """The power is told by the first of the modules that the class is made of, the mode by the second."""
    table = fields.get("modules")
    parts = table.to_list() if isinstance(table, T7Table) else []
    parts = [part.contents for part in parts if isinstance(part, T7Object)]
    power = float(parts[0].get("pow") or 2.0) if parts else 2.0
    ceil_mode = bool(parts[1].get("ceil_mode")) if len(parts) > 1 else False
    return nn.LPPool2d(
        power, read_sizes(fields, PLANES, "kernel_size"), read_sizes(fields, PLANES, "stride"), ceil_mode
    )


def _fill_lp(module: Any, fields: dict[str, Any]) -> None:
    fill_sizes(module, fields, PLANES, "kernel_size", "stride")
    power, (high, wide) = module.norm_type, module.kernel_size
    fields["modules"] = [
        nn.Square() if power == 2 else nn.Power(power),
        nn.AvgPool2d(module.kernel_size, module.stride, ceil_mode=module.ceil_mode),
        nn.MulConstant(high * wide),
        nn.Sqrt() if power == 2 else nn.Power(1 / power),
    ]


# -- and back ----------------------------------------------------------------------------------------------------------


def _unpooling(torch7: str, python: Any, pooling: str, python_pooling: str, sizes: str, shape: Any) -> ClassSpec:
    return ClassSpec(
        torch7,
        python,
        (
            Example(
                f"(function() local p = nn.{pooling}({sizes}) return nn.Sequential():add(p):add({torch7}(p)) end)()",
                f"(lambda p: nn.Sequential(p, nn.{python.__name__}(p)))(nn.{python_pooling}(2))",
                shape,
            ),
        ),
        make=lambda fields: python(fields.loader.module(fields.get("pooling"), f"{fields.place}.pooling")),
        fill=lambda module, fields: fields.update(pooling=Elsewhere(module.pooling)),
        buffers=("pooling", "indices", "otime", "oheight", "owidth", *_WINDOWS),
        note="takes the places from the pooling module that it is built with; `nn.MaxUnpool2d` is given them",
    )


register(
    "Pooling and padding",
    _max(
        "nn.SpatialMaxPooling",
        nn.MaxPool2d,
        PLANES,
        (
            Example("nn.SpatialMaxPooling(2, 2)", "nn.MaxPool2d(2)", _IMAGE),
            Example("nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1):ceil()", "nn.MaxPool2d(3, 2, 1, ceil_mode=True)", _IMAGE),
        ),
        dilated=False,
    ),
    _max(
        "nn.SpatialDilatedMaxPooling",
        nn.MaxPool2d,
        PLANES,
        (
            Example(
                "nn.SpatialDilatedMaxPooling(2, 3, 1, 2, 0, 1, 2, 1)",
                "nn.MaxPool2d((3, 2), (2, 1), (1, 0), (1, 2))",
                _IMAGE,
            ),
        ),
        dilated=True,
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
    _adaptive("nn.SpatialAdaptiveAveragePooling", nn.AdaptiveAvgPool2d),
    _adaptive("nn.SpatialAdaptiveMaxPooling", nn.AdaptiveMaxPool2d),
    _fractional(
        "nn.SpatialFractionalMaxPooling",
        nn.FractionalMaxPool2d,
        PLANES,
        (
            Example("nn.SpatialFractionalMaxPooling(2, 2, 4, 3)", "nn.FractionalMaxPool2d(2, (3, 4))", _IMAGE),
            Example(
                "nn.SpatialFractionalMaxPooling(2, 3, 0.7, 0.6)",
                "nn.FractionalMaxPool2d((3, 2), output_ratio=(0.6, 0.7))",
                ((3, 7, 6),),
            ),
            Example(
                "nn.SpatialFractionalMaxPooling(2, 2, 4, 3):fixPoolingRegions()",
                "nn.FractionalMaxPool2d(2, (3, 4)).fix_pooling_regions()",
                _IMAGE,
            ),
        ),
    ),
    ClassSpec(
        "nn.SpatialLPPooling",
        nn.LPPool2d,
        (
            Example("nn.SpatialLPPooling(3, 2, 2, 2)", "nn.LPPool2d(2, 2)", _IMAGE, "positive"),
            Example("nn.SpatialLPPooling(3, 3, 2, 3, 1, 2)", "nn.LPPool2d(3, (3, 2), (2, 1))", _IMAGE, "positive"),
        ),
        make=_lp,
        fill=_fill_lp,
        buffers=("kW", "kH", "dW", "dH", "modules"),
        note="a chain of four modules in Torch7",
    ),
    ClassSpec(
        "nn.FeatureLPPooling",
        nn.FeatureLPPooling,
        (
            Example(
                "nn.FeatureLPPooling(3, 2, 2, true)", "nn.FeatureLPPooling(3, 2, 2, True)", ((2, 7, 3),), "positive"
            ),
            Example("nn.FeatureLPPooling(2, 1, 3)", "nn.FeatureLPPooling(2, 1, 3)", ((5, 2, 3),), "positive"),
        ),
        (
            Attr("width", kind=INT),
            Attr("stride", kind=INT),
            Attr("power", kind=FLOAT),
            Attr("batch_mode", kind=FLAG, default=False),
        ),
    ),
    _unpooling(
        "nn.SpatialMaxUnpooling", nn.SpatialMaxUnpooling, "SpatialMaxPooling", "MaxPool2d", "2, 2", ((2, 3, 5, 6),)
    ),
    ClassSpec(
        "nn.TemporalMaxPooling",
        nn.TemporalMaxPooling,
        (
            Example("nn.TemporalMaxPooling(2)", "nn.TemporalMaxPooling(2)", _SEQUENCE),
            Example("nn.TemporalMaxPooling(3, 1)", "nn.TemporalMaxPooling(3, 1)", ((6, 3),)),
        ),
        (Attr("kW", "kernel_size", INT), Attr("dW", "stride", INT)),
        buffers=("indices",),
        note="channels come last; `nn.MaxPool1d` has them before the frames",
    ),
    ClassSpec(
        "nn.TemporalDynamicKMaxPooling",
        nn.TemporalDynamicKMaxPooling,
        (
            Example("nn.TemporalDynamicKMaxPooling(2)", "nn.TemporalDynamicKMaxPooling(2)", _SEQUENCE),
            Example("nn.TemporalDynamicKMaxPooling(1, 0.6)", "nn.TemporalDynamicKMaxPooling(1, 0.6)", ((6, 3),)),
        ),
        (Attr("minK", "min_k", INT), Attr("factor", kind=FLOAT, default=0.0)),
        buffers=("indices",),
    ),
    _max(
        "nn.VolumetricMaxPooling",
        nn.MaxPool3d,
        VOLUMES,
        (
            Example("nn.VolumetricMaxPooling(2, 2, 2)", "nn.MaxPool3d(2)", _VOLUME),
            Example(
                "nn.VolumetricMaxPooling(3, 2, 3, 2, 1, 2, 1, 0, 1):ceil()",
                "nn.MaxPool3d((3, 3, 2), (2, 2, 1), (1, 1, 0), ceil_mode=True)",
                ((2, 5, 4, 6),),
            ),
        ),
        dilated=False,
        version=2,
    ),
    _max(
        "nn.VolumetricDilatedMaxPooling",
        nn.MaxPool3d,
        VOLUMES,
        (
            Example(
                "nn.VolumetricDilatedMaxPooling(2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 3, 1)",
                "nn.MaxPool3d(2, 1, 0, (2, 1, 3))",
                _VOLUME,
            ),
        ),
        dilated=True,
    ),
    ClassSpec(
        "nn.VolumetricAveragePooling",
        nn.AvgPool3d,
        (
            Example("nn.VolumetricAveragePooling(2, 2, 2)", "nn.AvgPool3d(2)", _VOLUME),
            Example("nn.VolumetricAveragePooling(3, 2, 1, 1, 2, 1)", "nn.AvgPool3d((3, 1, 2), (1, 1, 2))", _VOLUME),
        ),
        make=lambda fields: nn.AvgPool3d(
            read_sizes(fields, VOLUMES, "kernel_size"), read_sizes(fields, VOLUMES, "stride")
        ),
        fill=lambda module, fields: fill_sizes(module, fields, VOLUMES, "kernel_size", "stride"),
        accepts=_plain_average,
        buffers=_FIELDS,
    ),
    _fractional(
        "nn.VolumetricFractionalMaxPooling",
        nn.FractionalMaxPool3d,
        VOLUMES,
        (
            Example(
                "nn.VolumetricFractionalMaxPooling(2, 2, 2, 3, 4, 2)", "nn.FractionalMaxPool3d(2, (3, 2, 4))", _VOLUME
            ),
            Example(
                "nn.VolumetricFractionalMaxPooling(1, 2, 2, 0.5, 0.5, 0.5)",
                "nn.FractionalMaxPool3d((1, 2, 2), output_ratio=0.5)",
                _VOLUME,
            ),
        ),
    ),
    _unpooling(
        "nn.VolumetricMaxUnpooling",
        nn.VolumetricMaxUnpooling,
        "VolumetricMaxPooling",
        "MaxPool3d",
        "2, 2, 2",
        ((2, 2, 4, 4, 5),),
    ),
)
