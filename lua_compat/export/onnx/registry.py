"""The rows of all families in one table."""

from __future__ import annotations

from lua_compat.export.onnx import (
    activation,
    convolution,
    fractional,
    linear,
    normalization,
    padding,
    pooling,
    recurrent,
    structure,
    tables,
    upsampling,
)
from lua_compat.export.onnx import shape as shapes
from lua_compat.export.onnx.row import Table

#: Every class that can be written, and those of which it is known why they cannot.
TABLE: Table = {
    **activation.ROWS,
    **convolution.ROWS,
    **fractional.ROWS,
    **linear.ROWS,
    **normalization.ROWS,
    **padding.ROWS,
    **pooling.ROWS,
    **recurrent.ROWS,
    **shapes.ROWS,
    **structure.ROWS,
    **tables.ROWS,
    **upsampling.ROWS,
}
