"""Borders and up-sampling."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import (
    DIM,
    FLOAT,
    INT,
    OPTIONAL_INT,
    SIZES,
    Attr,
    ClassSpec,
    Example,
    Fields,
    register,
)
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module

_IMAGE = ((2, 3, 5, 4),)
_SIDES = ("pad_l", "pad_r", "pad_t", "pad_b")
_FACES = ("pleft", "pright", "ptop", "pbottom", "pfront", "pback")


def _border(torch7: str, python: Any, fields: tuple[str, ...], *examples: tuple[str, str, Any]) -> ClassSpec:
    """A border whose sides stand in the same order on both sides; examples are (Lua, Python, shapes)."""

    def make(given: Fields) -> Module:
        return python(tuple([given.int(name, 0) for name in fields]))

    def fill(module: Any, filled: dict[str, Any]) -> None:
        filled.update({name: float(size) for name, size in zip(fields, module.padding, strict=True)})

    shown = tuple(
        [Example(f"{torch7}({lua})", f"nn.{python.__name__}({text})", shapes) for lua, text, shapes in examples]
    )
    return ClassSpec(torch7, python, shown, make=make, fill=fill, buffers=fields)


# -- up-sampling -------------------------------------------------------------------------------------------------------


def _whole(factor: Any) -> bool:
    return isinstance(factor, (int, float)) and float(factor).is_integer()


def _wanted(fields: Fields) -> dict[str, Any]:
    """The factor, or the sizes, as arguments."""
    if "scale_factor" in fields:
        return {"scale_factor": fields.int("scale_factor")}
    axes = ("odepth", "oheight", "owidth") if "odepth" in fields else ("oheight", "owidth")
    return {"size": tuple([fields.int(axis) for axis in axes])}


def _fill_wanted(dimensions: int) -> Any:
    """The factor or the sizes, and the storages that its methods expect, of ``dimensions`` numbers."""

    def fill(module: Any, fields: dict[str, Any]) -> None:
        if module.scale_factor is not None:
            fields["scale_factor"] = float(module.scale_factor)
        else:
            volume = getattr(module, "mode", "") == "trilinear"
            size = module.size if isinstance(module.size, tuple) else (module.size,) * (3 if volume else 2)
            fields.update(zip(("odepth", "oheight", "owidth")[-len(size) :], map(float, size), strict=True))
        used = dimensions if module.mode == "trilinear" else min(4, dimensions)
        sizes = [1] * used + [0] * (dimensions - used)
        fields["inputSize"], fields["outputSize"] = SIZES.to_torch7(sizes), SIZES.to_torch7(sizes)

    return fill


_SIZE_FIELDS = ("scale_factor", "odepth", "oheight", "owidth", "inputSize", "outputSize", "mode")


def _upsample(fields: Fields) -> Module:
    """The mode does not say of how many dimensions it is: a depth does, or the last input's sizes."""
    wanted = _wanted(fields)
    if fields.get("mode") == "nearest":
        return nn.Upsample(mode="nearest", **wanted)
    seen = fields.get("inputSize")
    deep = "odepth" in fields or (seen is not None and len(seen) == 5 and seen[4] > 0)
    return nn.Upsample(mode="trilinear" if deep else "bilinear", align_corners=True, single_places=True, **wanted)


def _fill_upsample(module: Any, fields: dict[str, Any]) -> None:
    _fill_wanted(5)(module, fields)
    fields["mode"] = "nearest" if module.mode == "nearest" else "linear"


def _says_upsample(module: Any) -> bool:
    if module.mode == "nearest":
        return module.size is None and _whole(module.scale_factor)
    corners = module.mode in ("bilinear", "trilinear") and bool(module.align_corners)
    return corners and (module.size is not None or _whole(module.scale_factor))


_LINEAR = "Torch7 computes places in single precision: `single_places=True` does"

register(
    "Pooling and padding",
    _border("nn.SpatialZeroPadding", nn.ZeroPad2d, _SIDES, ("1, 2, 0, 1", "(1, 2, 0, 1)", ((2, 3, 7, 6),))),
    _border(
        "nn.SpatialReflectionPadding",
        nn.ReflectionPad2d,
        _SIDES,
        ("1, 2, 0, 3", "(1, 2, 0, 3)", _IMAGE),
        ("2", "2", ((3, 5, 4),)),
        ("1, -1, 0, 2", "(1, -1, 0, 2)", _IMAGE),
    ),
    _border(
        "nn.SpatialReplicationPadding",
        nn.ReplicationPad2d,
        _SIDES,
        ("1, 2, 0, 3", "(1, 2, 0, 3)", _IMAGE),
        ("2", "2", ((3, 5, 4),)),
    ),
    _border(
        "nn.VolumetricReplicationPadding",
        nn.ReplicationPad3d,
        _FACES,
        ("1, 2, 0, 3, 1, 0", "(1, 2, 0, 3, 1, 0)", ((2, 2, 3, 2, 4),)),
        ("1", "1", ((2, 3, 2, 4),)),
    ),
    ClassSpec(
        "nn.Padding",
        nn.Padding,
        (
            Example("nn.Padding(2, 3)", "nn.Padding(1, 3)", ((2, 3, 2),)),
            Example("nn.Padding(1, -2, 2, 7, 2)", "nn.Padding(0, -2, 2, 7.0, 1)", ((4, 3, 2),)),
        ),
        (
            Attr("dim", kind=DIM),
            Attr("pad", kind=INT),
            Attr("nInputDim", "num_input_dims", OPTIONAL_INT),
            Attr("value", kind=FLOAT, default=0.0),
            Attr("index", kind=DIM, default=0),
        ),
        fill=lambda module, fields: fields.update(outputSize=SIZES.to_torch7(())),
        accepts=lambda module: module.dim >= 0 and module.index >= 0,
        buffers=("outputSize",),
    ),
    ClassSpec(
        "nn.SpatialUpSamplingNearest",
        nn.UpsamplingNearest2d,
        (
            Example("nn.SpatialUpSamplingNearest(2)", "nn.UpsamplingNearest2d(scale_factor=2)", _IMAGE),
            Example("nn.SpatialUpSamplingNearest(3)", "nn.UpsamplingNearest2d(scale_factor=3)", _IMAGE),
        ),
        make=lambda fields: nn.UpsamplingNearest2d(scale_factor=fields.int("scale_factor")),
        fill=_fill_wanted(4),
        accepts=lambda module: module.size is None and _whole(module.scale_factor),
        buffers=_SIZE_FIELDS,
    ),
    ClassSpec(
        "nn.SpatialUpSamplingBilinear",
        nn.UpsamplingBilinear2d,
        (
            Example(
                "nn.SpatialUpSamplingBilinear({oheight = 9, owidth = 7})", "nn.UpsamplingBilinear2d((9, 7))", _IMAGE
            ),
            Example(
                "nn.SpatialUpSamplingBilinear(2)",
                "nn.UpsamplingBilinear2d(scale_factor=2, single_places=True)",
                _IMAGE,
            ),
        ),
        make=lambda fields: nn.UpsamplingBilinear2d(**_wanted(fields), single_places=True),
        fill=_fill_wanted(4),
        accepts=lambda module: module.size is not None or _whole(module.scale_factor),
        buffers=_SIZE_FIELDS,
        note=_LINEAR,
    ),
    ClassSpec(
        "nn.UpSampling",
        nn.Upsample,
        (
            Example("nn.UpSampling(2, 'nearest')", "nn.Upsample(scale_factor=2)", _IMAGE),
            Example("nn.UpSampling(3, 'nearest')", "nn.Upsample(scale_factor=3)", ((1, 2, 2, 3, 2),)),
            Example(
                "nn.UpSampling({odepth = 3, oheight = 5, owidth = 3}, 'linear')",
                "nn.Upsample((3, 5, 3), mode='trilinear', align_corners=True)",
                ((2, 2, 2, 3, 2),),
            ),
            Example(
                "nn.UpSampling(2, 'linear')",
                "nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True, single_places=True)",
                _IMAGE,
            ),
        ),
        make=_upsample,
        fill=_fill_upsample,
        accepts=_says_upsample,
        buffers=_SIZE_FIELDS,
        note=f"'linear' is 'bilinear' or 'trilinear', with corners aligned. {_LINEAR}",
    ),
    ClassSpec(
        "nn.PixelShuffle",
        nn.PixelShuffle,
        (Example("nn.PixelShuffle(2)", "nn.PixelShuffle(2)", ((2, 8, 2, 3),)),),
        (Attr("upscaleFactor", "upscale_factor", INT),),
        fill=lambda module, fields: fields.update(upscaleFactorSquared=float(module.upscale_factor**2)),
        buffers=("upscaleFactorSquared", "_shuffleIn", "_shuffleOut"),
    ),
)
