"""Linear layers, elementwise affine ones, and lookup tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.mapping.spec import (
    SIZES,
    WEIGHT_AND_BIAS,
    ClassSpec,
    Example,
    Fields,
    Param,
    no_elements,
    register,
)
from lua_compat.t7 import T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import int32, int64


def _linear(fields: Fields) -> Module:
    weight = fields.needed("weight")
    return nn.Linear(weight.shape[1], weight.shape[0], "bias" in fields, dtype=weight.dtype)


def _add(fields: Fields) -> Module:
    bias = fields.needed("bias")
    return nn.Add(bias.shape, bool(fields.get("scalar", False)), dtype=bias.dtype)


def _fill_add(module: Any, fields: dict[str, Any]) -> None:
    fields["scalar"] = module.scalar
    fields["_ones"] = Tensor.from_array(np.ones(1, module.bias.dtype.numpy))


def _componentwise(python: type[nn.CMul] | type[nn.CAdd], name: str) -> Any:
    def make(fields: Fields) -> Module:
        values = fields.needed(name)
        sizes = SIZES.to_python(fields.get("size", values.shape))
        return python(*sizes, dtype=values.dtype)

    return make


def _fill_size(name: str) -> Any:
    def fill(module: Any, fields: dict[str, Any]) -> None:
        fields["size"] = SIZES.to_torch7(getattr(module, name).shape)
        fields.update(
            _work_space(fields, "_output", "_weight", "_expand", "_repeat", "_gradWeight", "_gradInput", "_input")
            if name == "weight"
            else _work_space(fields, "_output", "_bias", "_expand", "_repeat", "_gradBias")
        )

    return fill


def _work_space(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Empty tensors of the module's type, which Torch7's methods expect to be there."""
    return {name: no_elements(fields["output"].dtype) for name in names}


def _bilinear(fields: Fields) -> Module:
    weight = fields.needed("weight")
    outputs, first, second = weight.shape
    return nn.Bilinear(first, second, outputs, "bias" in fields, dtype=weight.dtype)


def _fill_bilinear(module: Any, fields: dict[str, Any]) -> None:
    fields["gradInput"] = T7Table.of([no_elements(module.weight.dtype), no_elements(module.weight.dtype)])


def _templates(python: Any, rows: bool) -> Any:
    """A layer whose templates are the rows of its weight, or the columns."""

    def make(fields: Fields) -> Module:
        weight = fields.needed("weight")
        outputs, inputs = weight.shape if rows else weight.shape[::-1]
        return python(inputs, outputs, dtype=weight.dtype)

    return make


def _maxout(fields: Fields) -> Module:
    """Without the modules, which the loader adds."""
    made = nn.Maxout.__new__(nn.Maxout)
    nn.Sequential.__init__(made)
    return made


def _embedding(fields: Fields) -> Module:
    weight = fields.needed("weight")
    padding = fields.int("paddingValue", 0)
    max_norm = fields.get("maxNorm")
    return nn.Embedding(
        weight.shape[0],
        weight.shape[1],
        None if padding == 0 else padding - 1,
        None if max_norm is None else float(max_norm),
        float(fields.get("normType", 2.0)),
        bool(fields.get("shouldScaleGradByFreq", False)),
        dtype=weight.dtype,
    )


def _fill_embedding(module: Any, fields: dict[str, Any]) -> None:
    fields["paddingValue"] = 0.0 if module.padding_idx is None else float(module.padding_idx + 1)
    fields["maxNorm"] = module.max_norm
    fields["normType"] = float(module.norm_type)
    fields["shouldScaleGradByFreq"] = module.scale_grad_by_freq
    fields["_count"], fields["_input"] = no_elements(int32), no_elements(int64)


_COMPONENTWISE_SPACE = (
    *("size", "_output", "_weight", "_expand", "_repeat", "_gradWeight", "_gradInput", "_input", "_sum", "_bias"),
    *("_gradBias", "_gradOutput"),
)

_DISTANCE_SPACE = (
    *("_weight", "_expand", "_expand2", "_expand3", "_expand4", "_repeat", "_repeat2", "_repeat3", "_sum", "_div"),
)

register(
    "Linear layers and lookup",
    ClassSpec("nn.Identity", nn.Identity, (Example("nn.Identity()", "nn.Identity()"),)),
    ClassSpec(
        "nn.Linear",
        nn.Linear,
        (
            Example("nn.Linear(5, 3)", "nn.Linear(5, 3)"),
            Example("nn.Linear(5, 3, false)", "nn.Linear(5, 3, bias=False)"),
            Example("nn.Linear(5, 3)", "nn.Linear(5, 3)", ((5,),)),
        ),
        params=WEIGHT_AND_BIAS,
        make=_linear,
        fill=lambda module, fields: fields.update(_work_space(fields, "addBuffer")),
        buffers=("addBuffer",),
    ),
    ClassSpec(
        "nn.Add",
        nn.Add,
        (Example("nn.Add(5)", "nn.Add(5)"), Example("nn.Add(5, true)", "nn.Add(5, scalar=True)")),
        params=(Param("bias"),),
        make=_add,
        fill=_fill_add,
        buffers=("scalar", "_ones"),
    ),
    ClassSpec("nn.Mul", nn.Mul, (Example("nn.Mul()", "nn.Mul()"),), params=(Param("weight"),)),
    ClassSpec(
        "nn.CMul",
        nn.CMul,
        (Example("nn.CMul(5)", "nn.CMul(5)"), Example("nn.CMul(1, 3, 1, 1)", "nn.CMul(1, 3, 1, 1)", ((2, 3, 4, 4),))),
        params=(Param("weight"),),
        make=_componentwise(nn.CMul, "weight"),
        fill=_fill_size("weight"),
        buffers=_COMPONENTWISE_SPACE,
    ),
    ClassSpec(
        "nn.CAdd",
        nn.CAdd,
        (Example("nn.CAdd(5)", "nn.CAdd(5)"), Example("nn.CAdd(1, 3, 1, 1)", "nn.CAdd(1, 3, 1, 1)", ((2, 3, 4, 4),))),
        params=(Param("bias"),),
        make=_componentwise(nn.CAdd, "bias"),
        fill=_fill_size("bias"),
        buffers=_COMPONENTWISE_SPACE,
    ),
    ClassSpec(
        "nn.Bilinear",
        nn.Bilinear,
        (
            Example("nn.Bilinear(4, 3, 2)", "nn.Bilinear(4, 3, 2)", ((5, 4), (5, 3))),
            Example("nn.Bilinear(4, 3, 2, false)", "nn.Bilinear(4, 3, 2, bias=False)", ((5, 4), (5, 3))),
        ),
        params=WEIGHT_AND_BIAS,
        make=_bilinear,
        fill=_fill_bilinear,
        buffers=("buff1", "buff2"),
    ),
    ClassSpec(
        "nn.Cosine",
        nn.Cosine,
        (Example("nn.Cosine(5, 3)", "nn.Cosine(5, 3)"), Example("nn.Cosine(5, 3)", "nn.Cosine(5, 3)", ((5,),))),
        params=(Param("weight"),),
        make=_templates(nn.Cosine, True),
        buffers=("_sum", "_weight", "_inputNorm", "_weightNorm"),
    ),
    ClassSpec(
        "nn.Euclidean",
        nn.Euclidean,
        (
            Example("nn.Euclidean(5, 3)", "nn.Euclidean(5, 3)"),
            Example("nn.Euclidean(5, 3)", "nn.Euclidean(5, 3)", ((5,),)),
        ),
        params=(Param("weight"),),
        make=_templates(nn.Euclidean, False),
        fill=lambda module, fields: fields.update(fastBackward=True),
        buffers=(*_DISTANCE_SPACE, "fastBackward"),
    ),
    ClassSpec(
        "nn.WeightedEuclidean",
        nn.WeightedEuclidean,
        (
            Example("nn.WeightedEuclidean(5, 3)", "nn.WeightedEuclidean(5, 3)"),
            Example("nn.WeightedEuclidean(5, 3)", "nn.WeightedEuclidean(5, 3)", ((5,),)),
        ),
        params=(Param("weight"), Param("diagCov", "diag_cov")),
        make=_templates(nn.WeightedEuclidean, False),
        buffers=(*_DISTANCE_SPACE, "_diagCov"),
    ),
    ClassSpec(
        "nn.Maxout",
        nn.Maxout,
        (Example("nn.Maxout(5, 3, 2)", "nn.Maxout(5, 3, 2)"),),
        children=True,
        make=_maxout,
    ),
    ClassSpec(
        "nn.LookupTable",
        nn.Embedding,
        (
            Example("nn.LookupTable(10, 4)", "nn.Embedding(10, 4)", ((3, 5),), "labels:10"),
            Example("nn.LookupTable(10, 4, 1)", "nn.Embedding(10, 4, padding_idx=0)", ((6,),), "labels:10"),
        ),
        params=(Param("weight"),),
        make=_embedding,
        fill=_fill_embedding,
        buffers=(
            *("paddingValue", "maxNorm", "normType", "shouldScaleGradByFreq"),
            *("_count", "_input", "copiedInput", "_sorted", "_indices", "_gradOutput"),
        ),
        version=4,
    ),
)
