"""Batch normalisation and dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lua_compat.errors import MappingError
from lua_compat.mapping.spec import (
    FLOAT,
    INT,
    WEIGHT_AND_BIAS,
    Attr,
    ClassSpec,
    Example,
    Fields,
    Param,
    like_output,
    no_elements,
    register,
)
from lua_compat.t7 import T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor

_SPACE = (
    "eps",
    "momentum",
    "affine",
    "save_mean",
    "save_std",
    "buffer",
    "normalized",
    "centered",
    "std",
    "_input",
    "_gradOutput",
    "buffer2",
    "saved_mean",
    "saved_std",
    "running_std",
    "num_batches_tracked",
)


def _repair(fields: dict[str, Any]) -> None:
    """Early versions kept ``running_std``, the reciprocal of the standard deviation."""
    old = fields.get("running_std")
    if fields.get("running_var") is None and isinstance(old, Tensor):
        eps = float(fields.get("eps") or 1e-5)
        fields["running_var"] = Tensor.from_array(old.array**-2.0 - eps)


def _maker(python: Callable[..., Module]) -> Any:
    def make(fields: Fields) -> Module:
        mean = fields.needed("running_mean")
        module: Any = python(
            mean.shape[0],
            float(fields.get("eps", 1e-5)),
            float(fields.get("momentum", 0.1)),
            "weight" in fields,
            dtype=mean.dtype,
        )
        module.num_batches_tracked.array[...] = fields.int("num_batches_tracked", 0)
        return module

    return make


def _fill(module: Any, fields: dict[str, Any]) -> None:
    fields.update(eps=module.eps, momentum=module.momentum, affine=module.affine)
    fields["num_batches_tracked"] = float(module.num_batches_tracked.item())  # Torch7 has nothing that reads it
    for name in ("save_mean", "save_std"):
        fields[name] = no_elements(module.running_mean.dtype)


def _repair_dropout(fields: dict[str, Any]) -> None:
    """The first version scaled in evaluation, not in training; a file without the mark is of that version."""
    fields.setdefault("v2", False)


def _dropout(fields: Fields) -> Module:
    return nn.Dropout(
        float(fields.get("p", 0.5)), bool(fields.get("inplace", False)), scale_in_training=fields.get("v2") is True
    )


def _fill_dropout(module: Any, fields: dict[str, Any]) -> None:
    fields.update(p=module.p, inplace=module.inplace, v2=module.scale_in_training, stochastic_inference=False)
    fields["noise"] = like_output(fields)


def _fill_spatial_dropout(module: Any, fields: dict[str, Any]) -> None:
    fields.update(p=module.p, stochastic_inference=False, noise=like_output(fields))


def _parts(fields: dict[str, Any]) -> list[Any]:
    """The modules that a layer normalisation is made of."""
    held = fields.get("modules")
    return held.to_list() if isinstance(held, T7Table) else []


def _repair_layer_norm(fields: dict[str, Any]) -> None:
    """Weight and bias lie in the last two of its modules."""
    for part, names in zip(_parts(fields)[4:6], [("weight", "gradWeight"), ("bias", "gradBias")], strict=False):
        fields.update({name: part.contents.get(name) for name in names})


def _layer_norm(fields: Fields) -> Module:
    parts = _parts(fields.values)
    if len(parts) not in (4, 6):
        raise MappingError(f"{fields.place}: nn.LayerNormalization needs 4 or 6 modules, has {len(parts)}")
    count = round(float(parts[3].contents["constant_scalar"]) ** 2)
    weight = fields.tensor("weight")
    eps = float(parts[2].contents["eps"])
    dtype = None if weight is None else weight.dtype
    return nn.LayerNormalization(count, None, eps, weight is not None, dtype=dtype)


def _fill_layer_norm(module: Any, fields: dict[str, Any]) -> None:
    count = module.size
    mean = nn.Sequential(nn.Mean(0, 1), nn.Replicate(count, 0, 1))
    parts = [
        nn.ConcatTable(nn.Identity(), mean),
        nn.CSubTable(),
        nn.Normalize(2, module.eps),
        nn.MulConstant(count**0.5),
    ]
    for name in ("weight", "gradWeight", "bias", "gradBias"):
        fields.pop(name, None)
    if module.weight is not None:
        gain, shift = nn.CMul(count, dtype=module.weight.dtype), nn.Add(count, dtype=module.weight.dtype)
        gain.weight, shift.bias = module.weight, module.bias
        parts += [gain, shift]
    fields["modules"] = parts


register(
    "Normalisation and dropout",
    *[
        ClassSpec(
            f"nn.{name}",
            python,
            (
                Example(f"nn.{name}(3)", f"nn.{python.__name__}(3)", (shape,)),
                Example(
                    f"nn.{name}(3, 1e-3, 0.3, false)", f"nn.{python.__name__}(3, 1e-3, 0.3, affine=False)", (shape,)
                ),
            ),
            params=(*WEIGHT_AND_BIAS, Param("running_mean", buffer=True), Param("running_var", buffer=True)),
            make=_maker(python),
            fill=_fill,
            repair=_repair,
            accepts=lambda module: module.track_running_stats and module.momentum is not None,
            buffers=_SPACE,
            note="Torch7 draws the first weights from U(0, 1), Python starts from 1",
            version=1 if name.startswith("Volumetric") else 2,  # as its files have it
        )
        for name, python, shape in [
            ("BatchNormalization", nn.BatchNorm1d, (4, 3)),
            ("SpatialBatchNormalization", nn.BatchNorm2d, (4, 3, 5, 5)),
            ("VolumetricBatchNormalization", nn.BatchNorm3d, (3, 3, 2, 2, 2)),
        ]
    ],
    ClassSpec(
        "nn.Dropout",
        nn.Dropout,
        (Example("nn.Dropout(0.4)", "nn.Dropout(0.4)"),),
        make=_dropout,
        fill=_fill_dropout,
        repair=_repair_dropout,
        buffers=("p", "inplace", "v2", "noise", "stochastic_inference"),
    ),
    *[
        ClassSpec(
            f"nn.{name}",
            python,
            (Example(f"nn.{name}(0.4)", f"nn.{python.__name__}(0.4, scale_in_training=False)", (shape,)),),
            make=lambda fields, python=python: python(float(fields.get("p", 0.5)), scale_in_training=False),  # type: ignore[misc]
            fill=_fill_spatial_dropout,
            accepts=lambda module: not module.inplace and not module.scale_in_training,
            buffers=("p", "noise", "stochastic_inference"),
            note="Torch7's scales in evaluation, not in training",
        )
        for name, python, shape in [
            ("SpatialDropout", nn.Dropout2d, (2, 3, 4, 4)),
            ("VolumetricDropout", nn.Dropout3d, (2, 3, 2, 2, 2)),
        ]
    ],
    ClassSpec(
        "nn.WhiteNoise",
        nn.WhiteNoise,
        (Example("nn.WhiteNoise(0.2, 0.3)", "nn.WhiteNoise(0.2, 0.3)"),),
        (Attr("mean", kind=FLOAT), Attr("std", kind=FLOAT)),
        fill=lambda module, fields: fields.update(noise=like_output(fields)),
        buffers=("noise",),
    ),
    ClassSpec(
        "nn.Normalize",
        nn.Normalize,
        (
            Example("nn.Normalize(2)", "nn.Normalize(2)"),
            Example("nn.Normalize(1, 0.1)", "nn.Normalize(1, 0.1)"),
            Example("nn.Normalize(3)", "nn.Normalize(3)", ((5,),)),
            Example("nn.Normalize(math.huge)", "nn.Normalize(float('inf'))"),
        ),
        (Attr("p", kind=FLOAT), Attr("eps", kind=FLOAT)),
        buffers=("norm", "normp", "buffer", "buffer2", "cross", "_indices"),
    ),
    ClassSpec(
        "nn.LayerNormalization",
        nn.LayerNormalization,
        (
            Example("nn.LayerNormalization(5)", "nn.LayerNormalization(5)"),
            Example("nn.LayerNormalization(5, 0.3, 0.5)", "nn.LayerNormalization(5, 0.3, 0.5)", ((5,),)),
            Example("nn.LayerNormalization(5, nil, 0.5, false)", "nn.LayerNormalization(5, eps=0.5, affine=False)"),
        ),
        params=WEIGHT_AND_BIAS,
        make=_layer_norm,
        fill=_fill_layer_norm,
        repair=_repair_layer_norm,
        buffers=("modules",),
        note="Torch7 takes the means of a batch from the wrong samples, and so does this; nn.LayerNorm does not",
    ),
    ClassSpec(
        "nn.SpatialCrossMapLRN",
        nn.CrossMapLRN2d,
        (
            Example("nn.SpatialCrossMapLRN(3, 0.1, 0.75, 2)", "nn.CrossMapLRN2d(3, 0.1, 0.75, 2)", ((2, 5, 3, 2),)),
            Example("nn.SpatialCrossMapLRN(5, 1, 0.5)", "nn.CrossMapLRN2d(5, 1, 0.5)", ((4, 3, 2),)),
        ),
        (Attr("size", kind=INT), Attr("alpha", kind=FLOAT), Attr("beta", kind=FLOAT), Attr("k", kind=FLOAT)),
        buffers=("scale", "paddedRatio", "accumRatio"),
        note="PyTorch's nn.LocalResponseNorm is the same for odd sizes, over any number of dimensions",
    ),
)
