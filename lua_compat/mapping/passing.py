"""Modules that hand their input on, and what they add on the way."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import FLAG, FLOAT, INT, OPTIONAL_INT, Attr, ClassSpec, Example, Fields, Param, register
from pytorch_from_lua import nn

_ROWS = ((3, 4),)


def _first_version(fields: dict[str, Any]) -> None:
    """Objects of the first version have no lambda."""
    fields.setdefault("lambda", 1.0)


def _make_constant(fields: Fields) -> nn.Constant:
    return nn.Constant(fields.needed("value"), fields.read(Attr("nInputDim", kind=OPTIONAL_INT)))


register(
    "Identities with an effect, constants",
    ClassSpec(
        "nn.GradientReversal",
        nn.GradientReversal,
        (Example("nn.GradientReversal(0.7)", "nn.GradientReversal(0.7)", _ROWS),),
        (Attr("lambda", "lambd", FLOAT),),
        repair=_first_version,
        version=2,
    ),
    ClassSpec("nn.ZeroGrad", nn.ZeroGrad, (Example("nn.ZeroGrad()", "nn.ZeroGrad()", _ROWS),)),
    ClassSpec(
        "nn.L1Penalty",
        nn.L1Penalty,
        (
            Example("nn.L1Penalty(0.2)", "nn.L1Penalty(0.2)", _ROWS),
            Example("nn.L1Penalty(3, true)", "nn.L1Penalty(3, size_average=True)", _ROWS),
            Example("nn.L1Penalty(0.2, false, false)", "nn.L1Penalty(0.2, provide_output=False)", _ROWS),
        ),
        (
            Attr("l1weight", kind=FLOAT),
            Attr("sizeAverage", "size_average", FLAG, False),
            Attr("provideOutput", "provide_output", FLAG, True),
        ),
        buffers=("loss",),
    ),
    ClassSpec(
        "nn.PrintSize",
        nn.PrintSize,
        (Example("nn.PrintSize('here')", "nn.PrintSize('here')", _ROWS),),
        (Attr("prefix"),),
    ),
    ClassSpec(
        "nn.Constant",
        nn.Constant,
        (
            Example("nn.Constant(3.5, 2)", "nn.Constant(3.5, 2)", _ROWS),
            Example("nn.Constant(torch.Tensor{1, 2}, 1)", "nn.Constant(tensor([1.0, 2.0]), 1)", _ROWS),
        ),
        (Attr("nInputDim", "num_input_dims", OPTIONAL_INT),),
        (Param("value", buffer=True),),
        make=_make_constant,
    ),
    ClassSpec(
        "nn.Collapse",
        nn.Collapse,
        tuple([Example("nn.Collapse(2)", "nn.Collapse(2)", shape) for shape in (((2, 3, 4, 5),), _ROWS)]),
        (Attr("nInputDim", "num_input_dims", INT),),
    ),
)
