"""Criteria, which are losses here. Labels count from 1 in Torch7 and from 0 in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.mapping.spec import ClassSpec, Example, Fields, register
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor

SPACE = (
    "sizeAverage",
    "output_tensor",
    "outputTensor",
    "total_weight_tensor",
    "target",
    "buffer",
    "isTarget",
    "is_target",
    "targetTensor",
)
ROWS = ((3, 4),)
CLASSES = ((5, 4),)
LABELS = ((5,), "labels:4")


def reduction(fields: Fields) -> str:
    """Either "mean" or "sum", as ``sizeAverage`` says."""
    return "mean" if fields.get("sizeAverage", True) else "sum"


def fill_average(module: Any, fields: dict[str, Any]) -> None:
    """Says whether the loss is a mean."""
    fields["sizeAverage"] = module.reduction == "mean"


def has_one_number(module: Any) -> bool:
    """Whether the loss is a mean or a sum, and what only PyTorch has is as it is where Torch7 has none."""
    usual = {"beta": 1.0, "log_target": False, "label_smoothing": 0.0}
    return module.reduction in ("mean", "sum") and all(getattr(module, k, v) == v for k, v in usual.items())


def averages(python: Callable[..., Module], weights: str = "") -> Callable[[Fields], Module]:
    """What makes a loss that knows whether it averages, and perhaps weights under this name."""

    def make(fields: Fields) -> Module:
        given = {"weight": fields.tensor(weights)} if weights else {}
        return python(**given, reduction=reduction(fields))

    return make


def _simple(torch7: str, python: type[nn.Loss], target: str = "normal", values: str = "normal") -> ClassSpec:
    """A criterion that knows nothing but whether it averages."""
    name = torch7.partition(".")[2]
    return ClassSpec(
        torch7,
        python,
        (Example(f"nn.{name}()", f"nn.{python.__name__}()", ROWS, values, (ROWS[0], target)),),
        make=averages(python),
        fill=fill_average,
        accepts=has_one_number,
        buffers=SPACE,
    )


def _weights(module: Any, fields: dict[str, Any]) -> None:
    fill_average(module, fields)
    fields["weights"] = module.weight


def _nll(fields: Fields) -> Module:
    return nn.NLLLoss(fields.tensor("weights"), ignore_index=_ignored(fields), reduction=reduction(fields))


def _ignored(fields: Fields) -> int:
    given = fields.int("ignoreIndex", -100)
    return given - 1 if given > 0 else given


def _fill_nll(module: Any, fields: dict[str, Any]) -> None:
    _weights(module, fields)
    ignored = module.ignore_index
    fields["ignoreIndex"] = float(ignored + 1 if ignored >= 0 else ignored)
    fields["output_tensor"] = Tensor.from_array(np.zeros(1))
    fields["total_weight_tensor"] = Tensor.from_array(np.ones(1))
    fields["target"] = Tensor.from_array(np.zeros(1, np.int64))


def _cross_entropy(fields: Fields) -> Module:
    inner = fields.get("nll")
    values = {str(k): v for k, v in inner.contents.items()} if isinstance(inner, T7Object) else {}
    held = Fields(inner or fields.obj, values, fields.place + ".nll", fields.loader)
    return nn.CrossEntropyLoss(held.tensor("weights"), ignore_index=_ignored(held), reduction=reduction(held))


def _fill_cross_entropy(module: Any, fields: dict[str, Any]) -> None:
    fields["lsm"] = nn.LogSoftmax()
    fields["nll"] = nn.NLLLoss(module.weight, ignore_index=module.ignore_index, reduction=module.reduction)


def _margin(python: type[nn.MarginLoss] | type[nn.HingeEmbeddingLoss]) -> Any:
    return lambda fields: python(float(fields.get("margin", 1.0)), reduction=reduction(fields))


def _fill_margin(module: Any, fields: dict[str, Any]) -> None:
    fill_average(module, fields)
    fields["margin"] = float(module.margin)


def _multi_margin(fields: Fields) -> Module:
    return nn.MultiMarginLoss(
        fields.int("p", 1), float(fields.get("margin", 1.0)), fields.tensor("weights"), reduction=reduction(fields)
    )


def _fill_multi_margin(module: Any, fields: dict[str, Any]) -> None:
    _fill_margin(module, fields)
    fields["p"], fields["weights"] = float(module.p), module.weight


def _combined(python: Callable[..., Module]) -> Any:
    def make(fields: Fields) -> Module:
        given = fields.get("weights")
        weights = given.to_list() if isinstance(given, T7Table) else [] if given is None else list(given.array)
        return python(*fields.modules("criterions"), weights=[float(w) for w in weights])

    return make


def _parallel(fields: Fields) -> Module:
    loss = _combined(nn.ParallelLoss)(fields)
    loss.repeat_target = bool(fields.get("repeatTarget", False))
    return loss


def _fill_combined(module: Any, fields: dict[str, Any]) -> None:
    fields["criterions"] = list(module._modules.values())
    if isinstance(module, nn.ParallelLoss):
        fields["weights"], fields["repeatTarget"] = T7Table.of(list(module.weights)), module.repeat_target
        fields["gradInput"] = T7Table()
    else:
        fields["weights"] = Tensor.from_array(np.array(module.weights))


register(
    "Criteria",
    _simple("nn.MSECriterion", nn.MSELoss),
    _simple("nn.AbsCriterion", nn.L1Loss),
    _simple("nn.SmoothL1Criterion", nn.SmoothL1Loss),
    _simple("nn.DistKLDivCriterion", nn.KLDivLoss, "positive"),
    _simple("nn.SoftMarginCriterion", nn.SoftMarginLoss, "signs"),
    _simple("nn.MultiLabelMarginCriterion", nn.MultiLabelMarginLoss, "label sets"),
    ClassSpec(
        "nn.ClassNLLCriterion",
        nn.NLLLoss,
        (
            Example("nn.ClassNLLCriterion()", "nn.NLLLoss()", CLASSES, target=LABELS),
            Example(
                "nn.ClassNLLCriterion(torch.Tensor{1, 2, 0.5, 3}, false)",
                "nn.NLLLoss(tensor([1, 2, 0.5, 3], dtype='float64'), reduction='sum')",
                CLASSES,
                target=LABELS,
            ),
        ),
        make=_nll,
        fill=_fill_nll,
        accepts=has_one_number,
        buffers=(*SPACE, "weights", "ignoreIndex"),
    ),
    ClassSpec(
        "nn.CrossEntropyCriterion",
        nn.CrossEntropyLoss,
        (Example("nn.CrossEntropyCriterion()", "nn.CrossEntropyLoss()", CLASSES, target=LABELS),),
        make=_cross_entropy,
        fill=_fill_cross_entropy,
        accepts=has_one_number,
        buffers=(*SPACE, "lsm", "nll"),
    ),
    ClassSpec(
        "nn.BCECriterion",
        nn.BCELoss,
        (Example("nn.BCECriterion()", "nn.BCELoss()", ROWS, "probabilities", (ROWS[0], "bits")),),
        make=averages(nn.BCELoss, "weights"),
        fill=_weights,
        accepts=has_one_number,
        buffers=(*SPACE, "weights"),
    ),
    ClassSpec(
        "nn.MarginCriterion",
        nn.MarginLoss,
        (Example("nn.MarginCriterion(0.3)", "nn.MarginLoss(0.3)", ((6,),), target=((6,), "signs")),),
        make=_margin(nn.MarginLoss),
        fill=_fill_margin,
        accepts=has_one_number,
        buffers=(*SPACE, "margin"),
    ),
    ClassSpec(
        "nn.HingeEmbeddingCriterion",
        nn.HingeEmbeddingLoss,
        (Example("nn.HingeEmbeddingCriterion(1)", "nn.HingeEmbeddingLoss(1)", ((6,),), target=((6,), "signs")),),
        make=_margin(nn.HingeEmbeddingLoss),
        fill=_fill_margin,
        accepts=has_one_number,
        buffers=(*SPACE, "margin"),
    ),
    ClassSpec(
        "nn.MultiMarginCriterion",
        nn.MultiMarginLoss,
        (Example("nn.MultiMarginCriterion()", "nn.MultiMarginLoss()", CLASSES, target=LABELS),),
        make=_multi_margin,
        fill=_fill_multi_margin,
        accepts=has_one_number,
        buffers=(*SPACE, "p", "margin", "weights"),
    ),
    ClassSpec(
        "nn.MultiCriterion",
        nn.MultiLoss,
        (
            Example(
                "nn.MultiCriterion():add(nn.MSECriterion(), 0.5):add(nn.AbsCriterion())",
                "nn.MultiLoss(nn.MSELoss(), nn.L1Loss(), weights=[0.5, 1])",
                ROWS,
                target=(ROWS[0], "normal"),
            ),
        ),
        make=_combined(nn.MultiLoss),
        fill=_fill_combined,
        buffers=(*SPACE, "criterions", "weights"),
    ),
    ClassSpec(
        "nn.ParallelCriterion",
        nn.ParallelLoss,
        (
            Example(
                "nn.ParallelCriterion(true):add(nn.MSECriterion()):add(nn.AbsCriterion(), 3)",
                "nn.ParallelLoss(nn.MSELoss(), nn.L1Loss(), weights=[1, 3], repeat_target=True)",
                ((3, 4), (3, 4)),
                target=(ROWS[0], "normal"),
            ),
        ),
        make=_parallel,
        fill=_fill_combined,
        buffers=(*SPACE, "criterions", "weights", "repeatTarget"),
    ),
)
