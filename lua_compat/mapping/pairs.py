"""Modules of two tensors, of nested tables, and what picks by indices."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import (
    DIM,
    FLAG,
    FLOAT,
    INT,
    OPTIONAL_DIM,
    SIZES,
    Attr,
    ClassSpec,
    Example,
    Fields,
    like_output,
    no_elements,
    register,
)
from lua_compat.t7 import T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.tensor.dtype import float32, int64, uint8

_PAIR = ((3, 4), (3, 4))


def _fill_pair(module: Any, fields: dict[str, Any]) -> None:
    fields["gradInput"] = T7Table.of([like_output(fields), like_output(fields)])


def _fill_distance(module: Any, fields: dict[str, Any]) -> None:
    fields["gradInput"], fields["diff"] = T7Table(), like_output(fields)


def _fill_tables(module: Any, fields: dict[str, Any]) -> None:
    fields["output"], fields["gradInput"] = T7Table(), T7Table()


def _fill_one_to_many(module: Any, fields: dict[str, Any]) -> None:
    fields["gradInputEl"] = like_output(fields)
    _fill_tables(module, fields)


def _fill_mixture(module: Any, fields: dict[str, Any]) -> None:
    fields["size"], fields["size2"] = SIZES.to_torch7(()), SIZES.to_torch7(())
    fields.update(batchSize=0.0, backwardSetup=False, gradInput=T7Table())


def _fill_masked(module: Any, fields: dict[str, Any]) -> None:
    fields["_maskIndices"], fields["_maskIndexBuffer"] = no_elements(int64), no_elements(int64)
    fields["_maskIndexBufferCPU"] = no_elements(float32)
    fields["_gradBuffer"], fields["_gradMask"] = like_output(fields), no_elements(uint8)


def _make_cosine(fields: Fields) -> nn.CosineSimilarity:
    return nn.CosineSimilarity(-1, eps=1e-12)


def _make_one_hot(fields: Fields) -> nn.OneHot:
    output = fields.tensor("output")
    return nn.OneHot(fields.int("outputSize"), None if output is None else output.dtype)


def _make_distance(fields: Fields) -> nn.PairwiseDistance:
    return nn.PairwiseDistance(float(fields.get("norm", 2.0)), eps=0.0, grad_eps=1e-6)


register(
    "Pairs, nested tables and indices",
    ClassSpec(
        "nn.DotProduct",
        nn.DotProduct,
        (Example("nn.DotProduct()", "nn.DotProduct()", _PAIR),),
        fill=_fill_pair,
        buffers=("buffer",),
    ),
    ClassSpec(
        "nn.CosineDistance",
        nn.CosineSimilarity,
        (Example("nn.CosineDistance()", "nn.CosineSimilarity(-1, eps=1e-12)", _PAIR),),
        make=_make_cosine,
        fill=_fill_pair,
        accepts=lambda module: module.dim in (1, -1),
        buffers=("buffer", "ones", "w", "w1", "w22", "w32"),
        note="of rows; Torch7 adds 1e-12 to the squares where Python has `eps`",
    ),
    ClassSpec(
        "nn.PairwiseDistance",
        nn.PairwiseDistance,
        tuple(
            [
                Example(f"nn.PairwiseDistance({p})", f"nn.PairwiseDistance({p}, eps=0, grad_eps=1e-6)", _PAIR)
                for p in (2, 1, 3)
            ]
        ),
        (Attr("norm", kind=FLOAT),),
        make=_make_distance,
        fill=_fill_distance,
        accepts=lambda module: not module.keepdim,
        buffers=("diff", "grad", "ones", "outExpand"),
        note="Torch7 has no `eps` in the difference, and 1e-6 where the gradient divides",
    ),
    ClassSpec(
        "nn.MM",
        nn.MM,
        (
            Example("nn.MM()", "nn.MM()", ((2, 3, 4), (2, 4, 2))),
            Example("nn.MM(true, true)", "nn.MM(trans_a=True, trans_b=True)", ((4, 3), (2, 4))),
            Example("nn.MM(false, true)", "nn.MM(trans_b=True)", ((2, 3, 4), (2, 5, 4))),
        ),
        (Attr("transA", "trans_a", FLAG, False), Attr("transB", "trans_b", FLAG, False)),
        fill=_fill_pair,
    ),
    ClassSpec(
        "nn.MV",
        nn.MV,
        (
            Example("nn.MV()", "nn.MV()", ((2, 3, 4), (2, 4))),
            Example("nn.MV(true)", "nn.MV(trans=True)", ((4, 3), (4,))),
        ),
        (Attr("trans", kind=FLAG, default=False),),
        fill=_fill_pair,
    ),
    ClassSpec(
        "nn.ZipTable",
        nn.ZipTable,
        (Example("nn.ZipTable()", "nn.ZipTable()", ((2,), (3,), (4,), (5,)), nesting=((0, 1), (2, 3))),),
        fill=_fill_tables,
    ),
    ClassSpec(
        "nn.ZipTableOneToMany",
        nn.ZipTableOneToMany,
        (Example("nn.ZipTableOneToMany()", "nn.ZipTableOneToMany()", ((2,), (4,), (5,)), nesting=(0, (1, 2))),),
        fill=_fill_one_to_many,
        buffers=("gradInputEl",),
    ),
    ClassSpec(
        "nn.CAddTensorTable",
        nn.CAddTensorTable,
        (Example("nn.CAddTensorTable()", "nn.CAddTensorTable()", ((3,), (3,), (3,)), nesting=(0, (1, 2))),),
        fill=lambda module, fields: fields.update(gradInput=T7Table()),
    ),
    ClassSpec(
        "nn.MixtureTable",
        nn.MixtureTable,
        (
            Example("nn.MixtureTable()", "nn.MixtureTable()", ((5, 2), (5, 3), (5, 3)), nesting=(0, (1, 2))),
            Example("nn.MixtureTable()", "nn.MixtureTable()", ((2,), (5, 3), (5, 3)), nesting=(0, (1, 2))),
            Example("nn.MixtureTable(3)", "nn.MixtureTable(2)", ((5, 2), (5, 3, 2))),
            Example("nn.MixtureTable()", "nn.MixtureTable()", ((2,), (2, 3))),
        ),
        (Attr("dim", kind=OPTIONAL_DIM),),
        fill=_fill_mixture,
        buffers=(
            *("backwardSetup", "batchSize", "dimG", "size", "size2", "table", "_gaterView", "_expert", "_expertView"),
            *("_sum", "_expert2", "_expertView2"),
        ),
    ),
    ClassSpec(
        "nn.Index",
        nn.Index,
        (
            Example("nn.Index(1)", "nn.Index(0)", ((5, 2), (4,)), "normal;labels:5"),
            Example("nn.Index(2)", "nn.Index(1)", ((2, 5), (3,)), "normal;labels:5"),
        ),
        (Attr("dimension", "dim", DIM),),
        fill=_fill_pair,
    ),
    ClassSpec(
        "nn.MaskedSelect",
        nn.MaskedSelect,
        (Example("nn.MaskedSelect()", "nn.MaskedSelect()", ((3, 4), (3, 4)), "normal;mask"),),
        fill=_fill_masked,
        buffers=("_gradBuffer", "_gradMask", "_maskIndexBuffer", "_maskIndexBufferCPU", "_maskIndices"),
    ),
    ClassSpec(
        "nn.OneHot",
        nn.OneHot,
        (Example("nn.OneHot(5)", "nn.OneHot(5)", ((3,),), "labels:5"),),
        (Attr("outputSize", "output_size", INT),),
        make=_make_one_hot,
        buffers=("_long",),
    ),
)
