"""Convolutions over planes and volumes. Torch7 speaks of width, then height; sizes in Python are (height, width)."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import WEIGHT_AND_BIAS, ClassSpec, Example, Fields, no_elements, register
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module

#: How Torch7's fields begin that hold what a Python attribute has as a tuple; they end in the name of an axis.
PREFIXES = {
    "kernel_size": "k",
    "stride": "d",
    "padding": "pad",
    "dilation": "dilation",
    "output_padding": "adj",
}
#: The axes in Python's order.
PLANES, VOLUMES = ("H", "W"), ("T", "H", "W")


def read_sizes(fields: Fields, axes: tuple[str, ...], name: str, default: int | None = None) -> tuple[int, ...]:
    """A number for each axis, out of the fields of ``name``."""
    return tuple([fields.int(PREFIXES[name] + axis, default) for axis in axes])


def fill_sizes(module: Any, fields: dict[str, Any], axes: tuple[str, ...], *names: str) -> None:
    """The fields of each name. Padding that a word stands for is told in numbers."""
    for name in names:
        values = getattr(module, name)
        if isinstance(values, str):
            values = tuple([before for before, _ in module.sides()])
        for axis, value in zip(axes, values, strict=True):
            fields[PREFIXES[name] + axis] = float(value)


def repaired(axes: tuple[str, ...]) -> Any:
    """Before padding had a number for each axis it was one number, and before that there was none."""

    def repair(fields: dict[str, Any]) -> None:
        for axis in axes:
            if fields.get(f"pad{axis}") is None:
                fields[f"pad{axis}"] = fields.get("padding") or 0.0

    return repair


def _plain(module: Any) -> bool:
    """Whether Torch7 has the module but for its dilation."""
    return bool(
        module.groups == 1
        and module.padding_mode == "zeros"
        and all(before == after for before, after in module.sides())
    )


def _undilated(module: Any) -> bool:
    return _plain(module) and set(module.dilation) == {1}


def _transposed(module: Any) -> bool:
    """Whether Torch7 has the transposed module."""
    adjusted = all(e < s for e, s in zip(module.output_padding, module.stride, strict=True))
    return bool(module.groups == 1 and set(module.dilation) == {1} and adjusted)


def reader(python: Any, axes: tuple[str, ...]) -> Any:
    def make(fields: Fields) -> Module:
        return python(
            fields.int("nInputPlane"),
            fields.int("nOutputPlane"),
            read_sizes(fields, axes, "kernel_size"),
            read_sizes(fields, axes, "stride", 1),
            read_sizes(fields, axes, "padding", 0),
            read_sizes(fields, axes, "dilation", 1),
            fields.int("groups", 1),
            bias="bias" in fields,
            dtype=fields.needed("weight").dtype,
        )

    return make


def _make_transposed(python: Any, axes: tuple[str, ...]) -> Any:
    def make(fields: Fields) -> Module:
        return python(
            fields.int("nInputPlane"),
            fields.int("nOutputPlane"),
            read_sizes(fields, axes, "kernel_size"),
            read_sizes(fields, axes, "stride", 1),
            read_sizes(fields, axes, "padding", 0),
            read_sizes(fields, axes, "output_padding", 0),
            bias="bias" in fields,
            dtype=fields.needed("weight").dtype,
        )

    return make


def writer(axes: tuple[str, ...], *more: str) -> Any:
    """Planes and sizes; ``more`` names those that only some classes have."""

    def fill(module: Any, fields: dict[str, Any]) -> None:
        fields["nInputPlane"], fields["nOutputPlane"] = float(module.in_channels), float(module.out_channels)
        fill_sizes(module, fields, axes, "kernel_size", "stride", "padding", *more)
        for name in ("finput", "fgradInput"):
            fields[name] = no_elements(fields["output"].dtype)

    return fill


def _fill_flat(module: Any, fields: dict[str, Any]) -> None:
    """The class whose weight is a matrix."""
    writer(PLANES)(module, fields)
    for name in ("weight", "gradWeight"):
        fields[name] = fields[name].view(module.out_channels, -1)


def _fill_transposed(axes: tuple[str, ...]) -> Any:
    def fill(module: Any, fields: dict[str, Any]) -> None:
        writer(axes, "output_padding")(module, fields)
        fields["ones"] = no_elements(fields["output"].dtype)

    return fill


def names(axes: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that the classes of a family have."""
    numbers = [prefix + axis for prefix in PREFIXES.values() for axis in axes]
    space = ("finput", "fgradInput", "_input", "_gradOutput", "ones", "zeroScalar")
    return ("nInputPlane", "nOutputPlane", *numbers, "padding", *space)


_IMAGE = ((2, 3, 7, 6),)
_VOLUME = ((2, 2, 4, 5, 4),)

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
        make=reader(nn.Conv2d, PLANES),
        fill=writer(PLANES),
        repair=repaired(PLANES),
        accepts=_undilated,
        buffers=names(PLANES),
    ),
    ClassSpec(
        "nn.SpatialConvolutionMM",
        nn.Conv2d,
        (Example("nn.SpatialConvolutionMM(3, 4, 3, 3, 1, 1, 1)", "nn.Conv2d(3, 4, 3, padding=1)", _IMAGE),),
        params=WEIGHT_AND_BIAS,
        make=reader(nn.Conv2d, PLANES),
        fill=_fill_flat,
        repair=repaired(PLANES),
        accepts=_undilated,
        buffers=names(PLANES),
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
        make=reader(nn.Conv2d, PLANES),
        fill=writer(PLANES, "dilation"),
        repair=repaired(PLANES),
        accepts=_plain,
        buffers=names(PLANES),
    ),
    ClassSpec(
        "nn.SpatialFullConvolution",
        nn.ConvTranspose2d,
        (
            Example(
                "nn.SpatialFullConvolution(3, 4, 4, 4, 2, 2, 1, 1)",
                "nn.ConvTranspose2d(3, 4, 4, stride=2, padding=1)",
                ((2, 3, 3, 4),),
            ),
            Example(
                "nn.SpatialFullConvolution(3, 2, 2, 3, 3, 2, 1, 0, 2, 1)",
                "nn.ConvTranspose2d(3, 2, (3, 2), stride=(2, 3), padding=(0, 1), output_padding=(1, 2))",
                ((2, 3, 3, 4),),
            ),
            Example(
                "nn.SpatialFullConvolution(3, 4, 3, 3):noBias()",
                "nn.ConvTranspose2d(3, 4, 3, bias=False)",
                ((3, 3, 4),),
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=_make_transposed(nn.ConvTranspose2d, PLANES),
        fill=_fill_transposed(PLANES),
        repair=repaired(PLANES),
        accepts=_transposed,
        buffers=names(PLANES),
        note="a second input whose size is wanted is `output_size` in Python",
    ),
    ClassSpec(
        "nn.VolumetricConvolution",
        nn.Conv3d,
        (
            Example("nn.VolumetricConvolution(2, 3, 2, 3, 2)", "nn.Conv3d(2, 3, (2, 2, 3))", _VOLUME),
            Example(
                "nn.VolumetricConvolution(2, 3, 3, 2, 3, 2, 1, 2, 1, 0, 2)",
                "nn.Conv3d(2, 3, (3, 3, 2), stride=(2, 2, 1), padding=(1, 2, 0))",
                _VOLUME,
            ),
            Example(
                "nn.VolumetricConvolution(2, 3, 2, 2, 2):noBias()", "nn.Conv3d(2, 3, 2, bias=False)", ((2, 4, 5, 4),)
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=reader(nn.Conv3d, VOLUMES),
        fill=writer(VOLUMES),
        repair=repaired(VOLUMES),
        accepts=_undilated,
        buffers=names(VOLUMES),
    ),
    ClassSpec(
        "nn.VolumetricDilatedConvolution",
        nn.Conv3d,
        (
            Example(
                "nn.VolumetricDilatedConvolution(2, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 2, 3)",
                "nn.Conv3d(2, 3, 2, padding=1, dilation=(1, 3, 2))",
                _VOLUME,
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=reader(nn.Conv3d, VOLUMES),
        fill=writer(VOLUMES, "dilation"),
        repair=repaired(VOLUMES),
        accepts=_plain,
        buffers=names(VOLUMES),
    ),
    ClassSpec(
        "nn.VolumetricFullConvolution",
        nn.ConvTranspose3d,
        (
            Example(
                "nn.VolumetricFullConvolution(2, 3, 3, 2, 3, 2, 1, 2, 1, 0, 1, 1, 0, 0)",
                "nn.ConvTranspose3d(2, 3, (3, 3, 2), stride=(2, 2, 1), padding=(1, 1, 0), output_padding=(1, 0, 0))",
                ((2, 2, 2, 3, 3),),
            ),
        ),
        params=WEIGHT_AND_BIAS,
        make=_make_transposed(nn.ConvTranspose3d, VOLUMES),
        fill=_fill_transposed(VOLUMES),
        repair=repaired(VOLUMES),
        accepts=_transposed,
        buffers=names(VOLUMES),
    ),
)
