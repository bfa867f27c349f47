"""Containers."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import DIM, SIZES, Attr, ClassSpec, Example, register
from lua_compat.t7 import T7Table
from pytorch_from_lua import nn

_ROWS = ((6, 4),)


def fill_sizes(name: str) -> Any:
    """Adds the field in which a container keeps the sizes of its last output."""

    def fill(module: Any, fields: dict[str, Any]) -> None:
        fields[name] = SIZES.to_torch7(())

    return fill


def _fill_table(module: Any, fields: dict[str, Any]) -> None:
    fields["output"], fields["gradInput"] = T7Table(), T7Table()


def _fill_map(module: Any, fields: dict[str, Any]) -> None:
    _fill_table(module, fields)
    fields["module"] = fields["modules"].get(1)
    fields["shared"] = True
    fields["sharedparams"] = T7Table.of(["weight", "bias", "gradWeight", "gradBias"])


def _repair_map(fields: dict[str, Any]) -> None:
    """The copies that it made for the elements of its last input share their parameters with the first."""
    held = fields.get("modules")
    if isinstance(held, T7Table):
        fields["modules"] = T7Table.of(held.to_list()[:1])


register(
    "Containers",
    ClassSpec(
        "nn.Sequential",
        nn.Sequential,
        (
            Example(
                "nn.Sequential():add(nn.Linear(4, 5)):add(nn.Tanh())",
                "nn.Sequential(nn.Linear(4, 5), nn.Tanh())",
                _ROWS,
            ),
        ),
        children=True,
    ),
    ClassSpec(
        "nn.Concat",
        nn.Concat,
        (
            Example(
                "nn.Concat(2):add(nn.Linear(4, 2)):add(nn.Linear(4, 3))",
                "nn.Concat(1, nn.Linear(4, 2), nn.Linear(4, 3))",
                _ROWS,
            ),
        ),
        (Attr("dimension", "dim", DIM),),
        children=True,
        fill=fill_sizes("outputSize"),
        buffers=("outputSize", "size"),
    ),
    ClassSpec(
        "nn.Parallel",
        nn.Parallel,
        (
            Example(
                "nn.Parallel(2, 1):add(nn.Linear(4, 2)):add(nn.Linear(4, 3))",
                "nn.Parallel(1, 0, nn.Linear(4, 2), nn.Linear(4, 3))",
                ((4, 2),),
            ),
        ),
        (Attr("inputDimension", "input_dim", DIM), Attr("outputDimension", "output_dim", DIM)),
        children=True,
        fill=fill_sizes("totalOutputSize"),
        buffers=("totalOutputSize", "size"),
    ),
    ClassSpec(
        "nn.ConcatTable",
        nn.ConcatTable,
        (
            Example(
                "nn.ConcatTable():add(nn.Linear(4, 2)):add(nn.Identity())",
                "nn.ConcatTable(nn.Linear(4, 2), nn.Identity())",
                _ROWS,
            ),
        ),
        children=True,
        fill=_fill_table,
    ),
    ClassSpec(
        "nn.ParallelTable",
        nn.ParallelTable,
        (
            Example(
                "nn.ParallelTable():add(nn.Linear(4, 2)):add(nn.Tanh())",
                "nn.ParallelTable(nn.Linear(4, 2), nn.Tanh())",
                ((3, 4), (3, 4)),
            ),
        ),
        children=True,
        fill=_fill_table,
    ),
    ClassSpec(
        "nn.MapTable",
        nn.MapTable,
        (Example("nn.MapTable():add(nn.Linear(4, 2))", "nn.MapTable(nn.Linear(4, 2))", ((3, 4), (3, 4))),),
        children=True,
        repair=_repair_map,
        fill=_fill_map,
        buffers=("module", "shared", "sharedparams"),
    ),
)
