"""Classes that Torch7 makes of other modules: weight normalisation, partial layers, contrasts; and sparse layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.mapping.spec import (
    FLOAT,
    INT,
    SIZES,
    Attr,
    ClassSpec,
    Example,
    Fields,
    Param,
    no_elements,
    register,
)
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.nn.weight_norm import ADDED
from pytorch_from_lua.tensor import Tensor

# -- weight normalisation ---------------------------------------------------------------------------------------------


def _linear_weight_norm(fields: Fields) -> Module:
    v = fields.needed("v")
    eps = float(fields.get("eps", 1e-16))
    return nn.LinearWeightNorm(v.shape[1], v.shape[0], "bias" in fields, eps, dtype=v.dtype)


def _fill_linear_weight_norm(module: Any, fields: dict[str, Any]) -> None:
    fields.update(inputSize=float(module.in_features), outputSize=float(module.out_features), eps=module.eps)
    fields.update({name: no_elements(module.v.dtype) for name in ("weight", "norm", "scale", "addBuffer")})


def _repair_weight_norm(fields: dict[str, Any]) -> None:
    """The weight is not in the file: the module inside gets the one that v and g make, as Torch7 does."""
    held, v, g = fields.get("modules"), fields.get("v"), fields.get("g")
    sizes = fields.get("weightSize")
    if not isinstance(held, T7Table) or not isinstance(v, Tensor) or not isinstance(g, Tensor) or sizes is None:
        return
    inner, rows = held[1].contents, v.array
    made = rows * (g.array.reshape(-1, 1) / np.sqrt((rows * rows).sum(1, keepdims=True) + ADDED))
    shape, dim = SIZES.to_python(sizes), int(fields.get("outputDim") or 1) - 1
    order = (dim, *[i for i in range(len(shape)) if i != dim])
    whole = made.reshape([shape[i] for i in order]).transpose([order.index(i) for i in range(len(shape))])
    inner["weight"] = Tensor.from_array(np.ascontiguousarray(whole))


def _weight_norm(fields: Fields) -> Module:
    return nn.WeightNorm(fields.modules()[0], fields.int("outputDim", 1) - 1)


def _fill_weight_norm(module: Any, fields: dict[str, Any]) -> None:
    shape, dim, inner = module.weight_shape, module.output_dim, module.module
    rows, count = module.v.shape
    fields.update(outputDim=float(dim + 1), otherDims=float(count), modules=[inner])
    fields["weightSize"], fields["viewIn"] = SIZES.to_torch7(shape), SIZES.to_torch7((rows, count))
    fields["viewOut"] = SIZES.to_torch7((shape[dim], *[n for i, n in enumerate(shape) if i != dim]))
    fields.update({name: no_elements(module.v.dtype) for name in ("_norm", "_scale")})
    if inner.bias is not None:
        fields["bias"], grad = inner.bias.detach(), inner.bias.grad
        fields["gradBias"] = (
            Tensor.from_array(np.zeros(inner.bias.shape, inner.bias.dtype.numpy)) if grad is None else grad
        )


# -- partial and sparse layers ----------------------------------------------------------------------------------------


def _repair_partial(fields: dict[str, Any]) -> None:
    """The weight lies in the lookup table inside."""
    network = fields.get("network")
    if isinstance(network, T7Object):
        table = network.contents["modules"][1].contents["modules"][2].contents
        fields.update({name: table.get(name) for name in ("weight", "gradWeight")})


def _partial(fields: Fields) -> Module:
    weight = fields.needed("weight")
    module = nn.PartialLinear(weight.shape[1], weight.shape[0], "bias" in fields, dtype=weight.dtype)
    partition = fields.tensor("partition")
    if partition is not None:
        chosen = [int(i) - 1 for i in partition.tolist()]
        if chosen != list(range(weight.shape[0])):
            module.set_partition(chosen)
    return module


def _fill_partial(module: Any, fields: dict[str, Any]) -> None:
    table = nn.Embedding(module.output_size, module.input_size, dtype=module.weight.dtype)
    table.weight = module.weight
    fields["network"] = nn.Sequential(nn.ParallelTable(nn.Identity(), table), nn.MM(False, True))
    del fields["weight"], fields["gradWeight"]
    for name in ("bias", "gradBias"):
        if fields.get(name) is not None:
            fields[name] = fields[name].reshape(1, -1)
    fields.update(inputsize=float(module.input_size), outputsize=float(module.output_size))
    every = list(range(module.output_size))
    for name, chosen in [("allcolumns", every), ("partition", every if module.partition is None else module.partition)]:
        fields[name] = Tensor.from_array(np.array(chosen, module.weight.dtype.numpy) + 1)


def _sparse(python: Any, inputs_first: bool) -> Any:
    def make(fields: Fields) -> Module:
        weight = fields.needed("weight")
        inputs, outputs = weight.shape if inputs_first else weight.shape[::-1]
        return python(inputs, outputs, dtype=weight.dtype)

    return make


def _fill_sparse(module: Any, fields: dict[str, Any]) -> None:
    fields.update(gradInput=T7Table(), weightDecay=0.0, doGradInput=True, sparseUpdate=0.0)


def _fill_index(module: Any, fields: dict[str, Any]) -> None:
    fields.update(weightDecay=0.0, doGradInput=True, normalize=0.0, offset=-1.0)
    fields.update(inputSize=float(module.input_size), outputSize=float(module.output_size))
    empty = {name: T7Table() for name in ("cumSumSizes", "keys", "gradWeight")}
    fields["running"] = T7Table.of({**empty, "counter": 1.0})
    fields.update(sizesCache=T7Table(), cumSumSizesCache=T7Table())
    for name in ("gradWeightBuffer", "valuesBuffer", "normalizedValues"):
        fields[name] = no_elements(module.weight.dtype)


def _fill_kmeans(module: Any, fields: dict[str, Any]) -> None:
    fields["loss"] = float(module.loss)
    fields["clusterSampleCount"] = Tensor.from_array(np.zeros(module.k, module.weight.dtype.numpy))


_INDEXED = Example("nn.IndexLinear(10, 3, true)", "nn.IndexLinear(10, 3)", ((4,), (4,)), "labels:10;normal")

register(
    "Linear layers and lookup",
    ClassSpec(
        "nn.LinearWeightNorm",
        nn.LinearWeightNorm,
        (
            Example("nn.LinearWeightNorm(5, 3)", "nn.LinearWeightNorm(5, 3)"),
            Example("nn.LinearWeightNorm(5, 3, false)", "nn.LinearWeightNorm(5, 3, bias=False)", ((5,),)),
        ),
        params=(Param("v"), Param("g"), Param("bias")),
        make=_linear_weight_norm,
        fill=_fill_linear_weight_norm,
        buffers=("eps", "inputSize", "outputSize", "weight", "norm", "scale", "addBuffer"),
        note="Torch7's gradient of g is that of the last call; here it adds up",
    ),
    ClassSpec(
        "nn.WeightNorm",
        nn.WeightNorm,
        (
            Example("nn.WeightNorm(nn.Linear(5, 3))", "nn.WeightNorm(nn.Linear(5, 3))"),
            Example("nn.WeightNorm(nn.Linear(5, 3), 2)", "nn.WeightNorm(nn.Linear(5, 3), 1)"),
            Example("nn.WeightNorm(nn.Linear(5, 3, false))", "nn.WeightNorm(nn.Linear(5, 3, bias=False))"),
            Example(
                "nn.WeightNorm(nn.SpatialConvolution(2, 3, 3, 3))", "nn.WeightNorm(nn.Conv2d(2, 3, 3))", ((2, 2, 5, 4),)
            ),
        ),
        params=(Param("v"), Param("g")),
        make=_weight_norm,
        fill=_fill_weight_norm,
        repair=_repair_weight_norm,
        buffers=(
            *("modules", "bias", "gradBias", "viewIn", "viewOut", "weightSize", "otherDims", "outputDim"),
            *("_norm", "_scale", "weight", "gradWeight"),
        ),
        note="Torch7's gradient of g is that of the last call; here it adds up. nn.utils.weight_norm is PyTorch's",
    ),
    ClassSpec(
        "nn.PartialLinear",
        nn.PartialLinear,
        (Example("nn.PartialLinear(5, 6)", "nn.PartialLinear(5, 6)"),),
        params=(Param("weight"), Param("bias")),
        make=_partial,
        fill=_fill_partial,
        repair=_repair_partial,
        buffers=("network", "inputsize", "outputsize", "allcolumns", "partition", "buffer", "addBuffer"),
        note="setPartition, from 1, is set_partition, from 0",
    ),
    ClassSpec(
        "nn.SparseLinear",
        nn.SparseLinear,
        (Example("nn.SparseLinear(10, 3)", "nn.SparseLinear(10, 3)", ((4,), (4,)), "labels:10;normal"),),
        params=(Param("weight"), Param("bias")),
        make=_sparse(nn.SparseLinear, False),
        fill=_fill_sparse,
        buffers=("weightDecay", "doGradInput", "sparseUpdate", "lastInput", "shardBuffer"),
        note="takes indices, from 0, and values; in Lua also tensors of (index, value) rows",
    ),
    ClassSpec(
        "nn.IndexLinear",
        nn.IndexLinear,
        (_INDEXED,),
        params=(Param("weight"), Param("bias")),
        make=_sparse(nn.IndexLinear, True),
        fill=_fill_index,
        buffers=(
            *("inputSize", "outputSize", "weightDecay", "doGradInput", "normalize", "offset", "running", "isFlat"),
            *("sizesCache", "cumSumSizesCache", "cumSumSizes", "gradWeightBuffer", "valuesBuffer", "noBatch"),
            *("normalizedValues", "lkeys", "lvalues", "keys", "values", "sizes"),
        ),
    ),
    ClassSpec(
        "nn.Kmeans",
        nn.Kmeans,
        (Example("nn.Kmeans(3, 5)", "nn.Kmeans(3, 5)", ((8, 5),)),),
        (Attr("k", kind=INT), Attr("dim", kind=INT), Attr("scale", kind=FLOAT)),
        params=(Param("weight"),),
        make=lambda fields: nn.Kmeans(fields.int("k"), fields.int("dim"), dtype=fields.needed("weight").dtype),
        fill=_fill_kmeans,
        buffers=("loss", "clusterSampleCount"),
        note="centres count from 1 in Lua, from 0 in Python",
    ),
)

# -- contrasts --------------------------------------------------------------------------------------------------------


def _estimator(module: Any, first: list[Module], last: list[Module]) -> Module:
    kernel, planes = module.whole_kernel(), module.n_input_plane
    height, width = kernel.shape
    weigh = nn.Conv2d(planes, 1, (height, width), dtype=kernel.dtype)
    weigh.weight.array[...] = kernel.array
    weigh.bias.array[...] = 0
    around = nn.ZeroPad2d((width // 2, width // 2, height // 2, height // 2))
    return nn.Sequential(*first, around, weigh, nn.Replicate(planes, 0, 3), *last)


def _fill_subtractive(module: Any, fields: dict[str, Any]) -> None:
    fields["nInputPlane"] = float(module.n_input_plane)
    fields["meanestimator"] = _estimator(module, [], [])
    fields["subtractor"], fields["divider"] = nn.CSubTable(), nn.CDivTable()
    fields["coef"] = Tensor.from_array(np.zeros((1, 1, 1), module.kernel.dtype.numpy))


def _fill_divisive(module: Any, fields: dict[str, Any]) -> None:
    _fill_subtractive(module, fields)
    del fields["subtractor"]
    fields["stdestimator"] = _estimator(module, [nn.Square()], [nn.Sqrt()])
    fields["normalizer"], fields["thresholder"] = nn.CDivTable(), nn.Threshold(module.threshold, module.thresval)


def _fill_contrastive(module: Any, fields: dict[str, Any]) -> None:
    fields["nInputPlane"] = float(module.n_input_plane)
    n, kernel = module.n_input_plane, module.kernel
    fields["normalizer"] = nn.Sequential(
        nn.SpatialSubtractiveNormalization(n, kernel),
        nn.SpatialDivisiveNormalization(n, kernel, module.threshold, module.thresval),
    )


_THRESHOLDS = (Attr("threshold", kind=FLOAT, default=1e-4), Attr("thresval", kind=FLOAT, default=1e-4))
_PLANES = Attr("nInputPlane", "n_input_plane", INT)
_KERNELS = [
    ("torch.ones(3, 3)", "tensor([[1.0] * 3] * 3, dtype='float64')", ((2, 2, 5, 6),)),
    ("torch.Tensor {1, 2, 1}", "tensor([1.0, 2.0, 1.0], dtype='float64')", ((2, 5, 4),)),
]

register(
    "Normalisation and dropout",
    *[
        ClassSpec(
            f"nn.{python.__name__}",
            python,
            tuple(
                [
                    Example(f"nn.{python.__name__}(2, {lua})", f"nn.{python.__name__}(2, {kernel})", shapes)
                    for lua, kernel, shapes in _KERNELS
                ]
            ),
            attrs,
            params=(Param("kernel", buffer=True),),
            fill=fill,
            buffers=(
                *("meanestimator", "stdestimator", "subtractor", "divider", "normalizer", "thresholder", "coef"),
                *("_coef", "ones", "localsums", "adjustedsums", "localstds", "adjustedstds", "thresholdedstds"),
                *("_inpsz",),
            ),
            note="a kernel of one dimension is saved with estimators of two",
        )
        for python, attrs, fill in [
            (nn.SpatialSubtractiveNormalization, (_PLANES,), _fill_subtractive),
            (nn.SpatialDivisiveNormalization, (_PLANES, *_THRESHOLDS), _fill_divisive),
            (nn.SpatialContrastiveNormalization, (_PLANES, *_THRESHOLDS), _fill_contrastive),
        ]
    ],
)
