"""Modules over tables of tensors, which are lists here."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import (
    DIM,
    FLAG,
    INT,
    OPTIONAL_INT,
    SIZES,
    Attr,
    ClassSpec,
    Example,
    Kind,
    like_output,
    register,
)
from lua_compat.t7 import T7Table
from pytorch_from_lua import nn

_PAIR = ((3, 4), (3, 4))
_DIMS = Attr("nInputDims", "num_input_dims", OPTIONAL_INT)
#: The key of a table: a number counts from 1, anything else is itself.
_KEY = Kind(
    lambda v: DIM.to_python(v) if isinstance(v, (int, float)) else v,
    lambda v: DIM.to_torch7(v) if isinstance(v, (int, float)) else v,
)
_SPACE = ("gradMaxVals", "mask", "maskByteTensor", "maxIdx", "maxVals", "minIdx", "minVals")


def _fill_joined(module: Any, fields: dict[str, Any]) -> None:
    fields["size"] = SIZES.to_torch7(())
    fields["gradInput"] = T7Table()


def _fill_list_output(module: Any, fields: dict[str, Any]) -> None:
    fields["output"] = T7Table()


def _fill_list_gradient(module: Any, fields: dict[str, Any]) -> None:
    fields["gradInput"] = T7Table()


def _fill_extreme(end: str) -> Any:
    """The work space of CMaxTable ("max") or CMinTable ("min")."""

    def fill(module: Any, fields: dict[str, Any]) -> None:
        for name in (f"{end}Idx", f"{end}Vals", "mask", "gradMaxVals"):
            fields[name] = like_output(fields)
        fields["gradInput"] = T7Table()

    return fill


def _fill_lists(module: Any, fields: dict[str, Any]) -> None:
    fields["output"], fields["gradInput"], fields["input_map"] = T7Table(), T7Table(), T7Table()


register(
    "Tables",
    ClassSpec(
        "nn.CAddTable",
        nn.CAddTable,
        (
            Example("nn.CAddTable()", "nn.CAddTable()", _PAIR),
            Example("nn.CAddTable(true)", "nn.CAddTable(inplace=True)", (*_PAIR, (3, 4))),
        ),
        (Attr("inplace", kind=FLAG, default=False),),
        fill=_fill_list_gradient,
    ),
    *[
        ClassSpec(
            f"nn.{python.__name__}",
            python,
            (Example(f"nn.{python.__name__}()", f"nn.{python.__name__}()", _PAIR, values),),
            fill=_fill_list_gradient,
            buffers=_SPACE,
        )
        for python, values in [
            (nn.CSubTable, "normal"),
            (nn.CMulTable, "normal"),
            (nn.CDivTable, "positive"),
        ]
    ],
    *[
        ClassSpec(
            f"nn.{python.__name__}",
            python,
            (Example(f"nn.{python.__name__}()", f"nn.{python.__name__}()", _PAIR),),
            fill=_fill_extreme(end),
            buffers=_SPACE,
        )
        for python, end in [(nn.CMaxTable, "max"), (nn.CMinTable, "min")]
    ],
    ClassSpec(
        "nn.JoinTable",
        nn.JoinTable,
        (
            Example("nn.JoinTable(2)", "nn.JoinTable(1)", _PAIR),
            Example("nn.JoinTable(1, 1)", "nn.JoinTable(0, num_input_dims=1)", _PAIR),
        ),
        (Attr("dimension", "dim", DIM), _DIMS),
        fill=_fill_joined,
        buffers=("size",),
    ),
    ClassSpec(
        "nn.SplitTable",
        nn.SplitTable,
        (
            Example("nn.SplitTable(2)", "nn.SplitTable(1)", ((3, 4),)),
            Example("nn.SplitTable(1, 2)", "nn.SplitTable(0, num_input_dims=2)", ((2, 3, 4),)),
        ),
        (Attr("dimension", "dim", DIM), _DIMS),
        fill=_fill_list_output,
    ),
    ClassSpec(
        "nn.SelectTable",
        nn.SelectTable,
        (
            Example("nn.SelectTable(2)", "nn.SelectTable(1)", _PAIR),
            Example("nn.SelectTable(-1)", "nn.SelectTable(-1)", _PAIR),
        ),
        (Attr("index", kind=_KEY),),
        fill=_fill_list_gradient,
    ),
    ClassSpec(
        "nn.NarrowTable",
        nn.NarrowTable,
        (Example("nn.NarrowTable(1, 2)", "nn.NarrowTable(0, 2)", ((2,), (3,), (4,))),),
        (Attr("offset", "start", DIM), Attr("length", kind=INT)),
        fill=_fill_lists,
    ),
    ClassSpec(
        "nn.FlattenTable",
        nn.FlattenTable,
        (Example("nn.FlattenTable()", "nn.FlattenTable()", ((2,), (3,))),),
        fill=_fill_lists,
        buffers=("input_map",),
    ),
)
