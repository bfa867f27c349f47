"""Views whose batch is found from the sizes."""

from __future__ import annotations

import math

from lua_compat.bridge.kernels.common import exported, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor, geometry
from pytorch_from_lua.tensor.storage import Storage


@exported
def view_batch(output: Tensor, input: Tensor, size: Storage, count: int, dims: int | None) -> None:
    """Makes ``output`` the input seen in a size, as a batch where it holds several of them."""
    shape, wanted = input._shape, size.tolist()
    inner = len(shape) if dims is None else min(dims, len(shape))
    elements = math.prod(shape[len(shape) - inner :])
    if elements % count:
        told = "x".join(map(str, wanted))
        raise ShapeError(f"nn.View: input has sizes {sizes(input)}, which do not match the view {told}")
    batch = math.prod(shape[: len(shape) - inner]) * (1 if -1 in wanted else elements // count)
    alone = batch == 1 and (dims is None or len(shape) <= dims)
    _see(output, input, wanted if alone else [batch, *wanted])


@exported
def view_like(output: Tensor, tensor: Tensor, template: Tensor) -> None:
    """Makes ``output`` the tensor seen in the sizes of another."""
    _see(output, tensor, list(template._shape))


def _see(output: Tensor, tensor: Tensor, shape: list[int]) -> None:
    try:
        target = geometry.infer_shape(shape, tensor.numel())
    except ShapeError:
        told = "x".join(map(str, shape))
        raise ShapeError(f"nn.View: input has sizes {sizes(tensor)}, which cannot be seen as {told}") from None
    if not tensor.is_contiguous():
        raise ShapeError(f"nn.View: input of sizes {sizes(tensor)} is not contiguous")
    # In a training loop nothing changes from one step to the next.
    wanted = geometry.Geometry(tensor._offset, target, geometry.contiguous_stride(target))
    if output._storage is not tensor._storage or output.geometry != wanted:
        output.set_(tensor._storage, *wanted)
