"""Criteria of pairs, of weighted or cropped targets, and those made of modules."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.mapping.criterion import CLASSES, LABELS, ROWS, SPACE, averages, fill_average, has_one_number, reduction
from lua_compat.mapping.spec import ClassSpec, Example, Fields, like_output, register
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Loss, Module
from pytorch_from_lua.tensor import Tensor

_PAIR = ((3, 4), (3, 4))
_LINES = ((5,), (5,))
_NO_TARGET = ((), "none")
_MEAN = (
    "sizeAverage divides by the size of the first dimension: loaded as reduction='batchmean', while a 'mean' that is "
    "saved becomes it too, which is the same number for inputs of one dimension alone"
)


def _two(fields: dict[str, Any]) -> None:
    """The gradients of two inputs."""
    fields["gradInput"] = T7Table.of([like_output(fields), like_output(fields)])


def _zero(fields: dict[str, Any]) -> Tensor:
    return Tensor.from_array(np.zeros(1, fields["output"].dtype.numpy))


def _over_rows(fields: Fields) -> str:
    """What the reduction is where Torch7's mean divides by the size of the first dimension alone."""
    return "batchmean" if fields.get("sizeAverage", True) else "sum"


def _fill_over_rows(module: Any, fields: dict[str, Any]) -> None:
    fields["sizeAverage"] = module.reduction != "sum"


def _one_number_over_rows(module: Any) -> bool:
    return module.reduction != "none"


def _pair(torch7: str, python: Any, margin: float, *examples: Example, note: str = "") -> ClassSpec:
    """A criterion of two inputs with a margin, which is so much where a file does not say it."""

    def make(fields: Fields) -> Module:
        given = float(fields.get("margin", margin))
        if python is nn.L1HingeEmbeddingLoss:
            return python(given)
        return python(given, reduction=(_over_rows if python is nn.MarginRankingLoss else reduction)(fields))

    def fill(module: Any, fields: dict[str, Any]) -> None:
        _two(fields)
        fields["margin"] = float(module.margin)
        if python is nn.CosineEmbeddingLoss:
            fill_average(module, fields)
        if python is nn.MarginRankingLoss:
            _fill_over_rows(module, fields)
            # Torch7 has the gradients ready for a pair of numbers.
            fields["gradInput"] = T7Table.of([_zero(fields), _zero(fields)])

    space = ("buffer", "w1", "w22", "w", "w32", "_outputs", "_idx", "dist", "mask", "_input1", "_input2")
    return ClassSpec(
        torch7,
        python,
        examples,
        make=make,
        fill=fill,
        accepts=_one_number_over_rows if python is nn.MarginRankingLoss else has_one_number,
        buffers=(*SPACE, *space, "margin"),
        note=note,
    )


def _soft_margin(fields: Fields) -> Module:
    return nn.MultiLabelSoftMarginLoss(fields.tensor("weights"), reduction=reduction(fields), sum_classes=True)


def _fill_soft_margin(module: Any, fields: dict[str, Any]) -> None:
    fill_average(module, fields)
    fields["weights"], fields["sigmoid"] = module.weight, nn.Sigmoid()


def _simplex(fields: Fields) -> Module:
    loss = nn.ClassSimplexLoss(fields.int("nClasses"), reduction=reduction(fields))
    corners = fields.tensor("simplex")
    if corners is not None:
        loss.simplex = corners
    return loss


def _fill_simplex(module: Any, fields: dict[str, Any]) -> None:
    fill_average(module, fields)
    fields["nClasses"], fields["simplex"] = float(module.num_classes), module.simplex
    fields["_target"] = like_output(fields)


def _distance_ratio(fields: Fields) -> Module:
    return nn.DistanceRatioLoss(reduction=_over_rows(fields))


def _fill_distance_ratio(module: Any, fields: dict[str, Any]) -> None:
    _fill_over_rows(module, fields)
    _two(fields)


def _weighted(fields: Fields) -> Module:
    return nn.WeightedMSELoss(fields.needed("weight"), reduction=reduction(fields))


def _fill_weighted(module: Any, fields: dict[str, Any]) -> None:
    fill_average(module, fields)
    fields["weight"] = module.weight


def _child(fields: Fields, name: str) -> Module | None:
    held = fields.get(name)
    return fields.loader.module(held, f"{fields.place}.{name}") if isinstance(held, T7Object) else None


def _criterion(fields: Fields) -> Loss:
    found = _child(fields, "criterion")
    if not isinstance(found, Loss):
        raise ValueError(f"criterion needs to be a criterion, is {found!r}")
    return found


def _module_criterion(fields: Fields) -> Module:
    return nn.ModuleLoss(
        _criterion(fields),
        _child(fields, "inputModule"),
        _child(fields, "targetModule"),
        fields.get("castTarget", True),
    )


def _fill_module_criterion(module: Any, fields: dict[str, Any]) -> None:
    fields["criterion"] = module.criterion
    fields["inputModule"], fields["targetModule"] = module.input_module, module.target_module
    fields["castTarget"] = bool(module.cast_target)


def _fill_table(module: Any, fields: dict[str, Any]) -> None:
    fields["criterion"] = module.criterion
    if type(module) is nn.LossTable:
        fields["output"], fields["gradInput"] = 0.0, T7Table.of([like_output(fields)])
    else:
        _two(fields)


register(
    "Criteria",
    _pair(
        "nn.CosineEmbeddingCriterion",
        nn.CosineEmbeddingLoss,
        0.0,
        Example("nn.CosineEmbeddingCriterion(0.2)", "nn.CosineEmbeddingLoss(0.2)", _PAIR, target=((3,), "signs")),
    ),
    _pair(
        "nn.L1HingeEmbeddingCriterion",
        nn.L1HingeEmbeddingLoss,
        1.0,
        Example("nn.L1HingeEmbeddingCriterion(9)", "nn.L1HingeEmbeddingLoss(9)", _LINES, target=((1,), "signs")),
        Example("nn.L1HingeEmbeddingCriterion()", "nn.L1HingeEmbeddingLoss()", _LINES, target=((1,), "signs")),
    ),
    _pair(
        "nn.MarginRankingCriterion",
        nn.MarginRankingLoss,
        1.0,
        Example(
            "nn.MarginRankingCriterion(0.5)",
            "nn.MarginRankingLoss(0.5, reduction='batchmean')",
            _LINES,
            target=((5,), "signs"),
        ),
        Example(
            "nn.MarginRankingCriterion(2)",
            "nn.MarginRankingLoss(2, reduction='batchmean')",
            _PAIR,
            target=(_PAIR[0], "signs"),
        ),
        note=f"margin is 1 in Lua and 0 in Python where none is given; {_MEAN}",
    ),
    ClassSpec(
        "nn.DistanceRatioCriterion",
        nn.DistanceRatioLoss,
        (
            *(
                Example(
                    "nn.DistanceRatioCriterion()",
                    "nn.DistanceRatioLoss(reduction='batchmean')",
                    shapes,
                    "positive",
                    _NO_TARGET,
                )
                for shapes in (_LINES, _PAIR)
            ),
            Example(
                "nn.DistanceRatioCriterion(false)", "nn.DistanceRatioLoss(reduction='sum')", _LINES, target=_NO_TARGET
            ),
        ),
        make=_distance_ratio,
        fill=_fill_distance_ratio,
        accepts=_one_number_over_rows,
        buffers=(*SPACE, "loss", "_exp", "_sum", "exp_d", "exp_s"),
        note=_MEAN,
    ),
    ClassSpec(
        "nn.MultiLabelSoftMarginCriterion",
        nn.MultiLabelSoftMarginLoss,
        (
            Example(
                "nn.MultiLabelSoftMarginCriterion()", "nn.MultiLabelSoftMarginLoss()", ROWS, target=(ROWS[0], "bits")
            ),
            Example(
                "nn.MultiLabelSoftMarginCriterion(torch.Tensor{1, 2, 0.5, 3}, false)",
                "nn.MultiLabelSoftMarginLoss(tensor([1, 2, 0.5, 3], dtype='float64'), reduction='sum', "
                "sum_classes=True)",
                ROWS,
                target=(ROWS[0], "bits"),
            ),
        ),
        make=_soft_margin,
        fill=_fill_soft_margin,
        accepts=lambda module: module.reduction == "mean" or (module.reduction == "sum" and module.sum_classes),
        buffers=(*SPACE, "weights", "sigmoid"),
    ),
    ClassSpec(
        "nn.SpatialClassNLLCriterion",
        nn.NLLLoss,
        (Example("nn.SpatialClassNLLCriterion()", "nn.NLLLoss()", ((2, 4, 3, 2),), target=((2, 3, 2), "labels:4")),),
        make=averages(nn.NLLLoss, "weights"),
        fill=lambda module, fields: fields.update(
            weights=module.weight,
            sizeAverage=module.reduction == "mean",
            output_tensor=Tensor.from_array(np.zeros(1)),
            total_weight_tensor=Tensor.from_array(np.ones(1)),
            target=Tensor.from_array(np.zeros(1, np.int64)),
        ),
        accepts=lambda module: has_one_number(module) and module.ignore_index < 0,
        buffers=(*SPACE, "weights", "ignoreIndex"),
    ),
    ClassSpec(
        "nn.ClassSimplexCriterion",
        nn.ClassSimplexLoss,
        (Example("nn.ClassSimplexCriterion(4)", "nn.ClassSimplexLoss(4)", CLASSES, target=LABELS),),
        make=_simplex,
        fill=_fill_simplex,
        accepts=has_one_number,
        buffers=(*SPACE, "nClasses", "simplex", "_target"),
    ),
    ClassSpec(
        "nn.L1Cost",
        nn.L1Cost,
        (Example("nn.L1Cost()", "nn.L1Cost()", ROWS, target=_NO_TARGET),),
        make=lambda fields: nn.L1Cost(),
        accepts=lambda module: module.reduction == "mean",
        buffers=SPACE,
    ),
    ClassSpec(
        "nn.WeightedMSECriterion",
        nn.WeightedMSELoss,
        (
            Example(
                "nn.WeightedMSECriterion(torch.Tensor{1, 2, 0.5, 3})",
                "nn.WeightedMSELoss(tensor([1, 2, 0.5, 3], dtype='float64'))",
                ROWS,
                target=(ROWS[0], "normal"),
            ),
        ),
        make=_weighted,
        fill=_fill_weighted,
        accepts=has_one_number,
        buffers=(*SPACE, "weight"),
    ),
    ClassSpec(
        "nn.SpatialAutoCropMSECriterion",
        nn.SpatialAutoCropMSELoss,
        (
            Example(
                "nn.SpatialAutoCropMSECriterion()",
                "nn.SpatialAutoCropMSELoss()",
                ((2, 3, 3),),
                target=((2, 6, 5), "normal"),
            ),
            Example(
                "nn.SpatialAutoCropMSECriterion(false)",
                "nn.SpatialAutoCropMSELoss(reduction='sum')",
                ((2, 2, 3, 3),),
                target=((2, 2, 3, 4), "normal"),
            ),
        ),
        make=averages(nn.SpatialAutoCropMSELoss),
        fill=fill_average,
        accepts=has_one_number,
        buffers=SPACE,
    ),
    ClassSpec(
        "nn.ModuleCriterion",
        nn.ModuleLoss,
        (
            Example(
                "nn.ModuleCriterion(nn.MSECriterion(), nn.Tanh(), nn.Sigmoid(), false)",
                "nn.ModuleLoss(nn.MSELoss(), nn.Tanh(), nn.Sigmoid(), False)",
                ROWS,
                target=(ROWS[0], "normal"),
            ),
            Example(
                "nn.ModuleCriterion(nn.AbsCriterion(), nil, nn.Square())",
                "nn.ModuleLoss(nn.L1Loss(), None, nn.Square())",
                ROWS,
                target=(ROWS[0], "normal"),
            ),
        ),
        make=_module_criterion,
        fill=_fill_module_criterion,
        buffers=(*SPACE, "criterion", "inputModule", "targetModule", "castTarget", "input"),
    ),
    ClassSpec(
        "nn.CriterionTable",
        nn.LossTable,
        (Example("nn.CriterionTable(nn.MSECriterion())", "nn.LossTable(nn.MSELoss())", _PAIR),),
        make=lambda fields: nn.LossTable(_criterion(fields)),
        fill=_fill_table,
        buffers=("criterion",),
        note="takes no gradOutput in Lua; the target has a gradient in Python",
    ),
    ClassSpec(
        "nn.ModuleFromCriterion",
        nn.ModuleFromLoss,
        (Example("nn.ModuleFromCriterion(nn.MSECriterion())", "nn.ModuleFromLoss(nn.MSELoss())", _PAIR),),
        make=lambda fields: nn.ModuleFromLoss(_criterion(fields)),
        fill=_fill_table,
        buffers=("criterion",),
        note="the target has a gradient in Python",
    ),
)
