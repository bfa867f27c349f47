"""Views whose batch is found from the sizes."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import exported, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.storage import Storage


def _resolved(input: Tensor, shape: list[int]) -> tuple[int, ...]:
    """The shape with its -1 replaced."""
    known = 1
    for n in shape:
        known *= n if n != -1 else 1
    total = input.numel()
    if (-1 in shape and (known == 0 or total % known)) or (-1 not in shape and known != total):
        told = "x".join(map(str, shape))
        raise ShapeError(f"nn.View: input has sizes {sizes(input)}, which cannot be seen as {told}")
    return tuple([total // known if n == -1 else n for n in shape])


def _contiguous(input: Tensor) -> Tensor:
    if not input.array.flags.c_contiguous:
        raise ShapeError(f"nn.View: input of sizes {sizes(input)} is not contiguous")
    return input


@exported
def view_batch(input: Tensor, size: Storage, count: int, dims: int | None) -> Tensor:
    """The input seen in a size, as a batch where it holds several of them; ``dims`` of its dimensions are no batch."""
    shape, wanted = input._shape, [int(n) for n in size.buffer]
    inner = len(shape) if dims is None else min(int(dims), len(shape))
    elements = 1
    for n in shape[len(shape) - inner :]:
        elements *= n
    if elements % count:
        told = "x".join(map(str, wanted))
        raise ShapeError(f"nn.View: input has sizes {sizes(input)}, which do not match the view {told}")
    batch = 1 if -1 in wanted else elements // count
    for n in shape[: len(shape) - inner]:
        batch *= n
    if batch == 1 and (dims is None or len(shape) <= dims):
        target = _resolved(input, wanted)
    else:
        target = _resolved(input, [batch, *wanted])
    return _seen(input, target)


def _seen(input: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A tensor of that shape on the memory of a contiguous one."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    _contiguous(input)
    return Tensor.from_storage(input._storage, input.storage_offset(), shape, tuple(reversed(strides)))


@exported
def view_like(tensor: Tensor, template: Tensor) -> Tensor:
    """A tensor seen in the sizes of another."""
    return _seen(tensor, _resolved(tensor, list(template._shape)))
