"""Convolutions of planes in groups, which only cuDNN's classes had in Torch7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lua_compat.mapping.convolution import PLANES, VOLUMES, names, reader, repaired, writer
from lua_compat.mapping.spec import WEIGHT_AND_BIAS, ClassSpec, Example, register
from pytorch_from_lua import nn


def _fill(axes: tuple[str, ...]) -> Callable[[Any, dict[str, Any]], None]:
    def fill(module: Any, fields: dict[str, Any]) -> None:
        writer(axes)(module, fields)
        fields["groups"] = float(module.groups)

    return fill


def _accepts(module: Any) -> bool:
    same_sides = all(before == after for before, after in module.sides())
    return bool(module.groups > 1 and module.padding_mode == "zeros" and same_sides and set(module.dilation) == {1})


#: Fields that say how cuDNN computes, or are its descriptors.
_OF_CUDNN = (
    *("groups", "iSize", "iDesc", "oDesc", "biasDesc", "weightDesc", "convDesc", "convDescData", "algType"),
    *("fmode", "bdmode", "bwmode", "input_offset", "output_offset", "weight_offset", "bias_offset", "workspace_limit"),
    *("input_slice", "output_slice", "oSize", "fastest", "benchmark", "iDescBias", "oDescBias"),
)

register(
    "Convolution in groups",
    *[
        ClassSpec(
            f"cudnn.{name}",
            python,
            (Example(f"require('cudnn').{name}({lua})", f"nn.{python.__name__}({arguments})", (shape,)),),
            params=WEIGHT_AND_BIAS,
            make=reader(python, axes),
            fill=_fill(axes),
            repair=repaired(axes),
            accepts=_accepts,
            buffers=(*names(axes), *_OF_CUDNN),
            note="with one group it is saved as nn's",
        )
        for name, python, axes, lua, arguments, shape in [
            (
                *("SpatialConvolution", nn.Conv2d, PLANES, "4, 6, 3, 2, 2, 1, 1, 0, 2"),
                *("4, 6, (2, 3), stride=(1, 2), padding=(0, 1), groups=2", (2, 4, 5, 6)),
            ),
            (
                *("VolumetricConvolution", nn.Conv3d, VOLUMES, "2, 4, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2"),
                *("2, 4, 2, groups=2", (2, 2, 3, 4, 3)),
            ),
        ]
    ],
)
