"""Batch normalisation and dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lua_compat.mapping.spec import (
    WEIGHT_AND_BIAS,
    ClassSpec,
    Example,
    Fields,
    Param,
    like_output,
    no_elements,
    register,
)
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
        return python(
            mean.shape[0],
            float(fields.get("eps", 1e-5)),
            float(fields.get("momentum", 0.1)),
            "weight" in fields,
            dtype=mean.dtype,
        )

    return make


def _fill(module: Any, fields: dict[str, Any]) -> None:
    fields.update(eps=module.eps, momentum=module.momentum, affine=module.affine)
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
            buffers=_SPACE,
            note="Torch7 draws the first weights from U(0, 1), Python starts from 1",
            version=2,
        )
        for name, python, shape in [
            ("BatchNormalization", nn.BatchNorm1d, (4, 3)),
            ("SpatialBatchNormalization", nn.BatchNorm2d, (4, 3, 5, 5)),
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
    ClassSpec(
        "nn.SpatialDropout",
        nn.Dropout2d,
        (Example("nn.SpatialDropout(0.4)", "nn.Dropout2d(0.4, scale_in_training=False)", ((2, 3, 4, 4),)),),
        make=lambda fields: nn.Dropout2d(float(fields.get("p", 0.5)), scale_in_training=False),
        fill=_fill_spatial_dropout,
        accepts=lambda module: not module.inplace and not module.scale_in_training,
        buffers=("p", "noise", "stochastic_inference"),
        note="Torch7's scales in evaluation, not in training",
    ),
)
