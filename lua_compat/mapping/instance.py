"""nn.InstanceNormalization, which nets for styles of pictures brought along: no part of nn, but in many files."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import WEIGHT_AND_BIAS, ClassSpec, Example, Fields, register
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module


def _make(fields: Fields) -> Module:
    weight = fields.needed("weight")
    return nn.InstanceNorm2d(weight.shape[0], float(fields.get("eps", 1e-5)), affine=True, dtype=weight.dtype)


def _fill(module: Any, fields: dict[str, Any]) -> None:
    fields.update(nOutput=float(module.num_features), eps=module.eps, prev_N=-1.0)


register(
    "Normalisation of single samples",
    ClassSpec(
        "nn.InstanceNormalization",
        nn.InstanceNorm2d,
        (Example("require('nn.InstanceNormalization')(3)", "nn.InstanceNorm2d(3, affine=True)", ((2, 3, 4, 5),)),),
        params=WEIGHT_AND_BIAS,
        make=_make,
        fill=_fill,
        accepts=lambda module: module.affine and not module.track_running_stats,
        buffers=("eps", "nOutput", "prev_N", "bn"),
        note="no part of nn; `th` knows it",
    ),
)
