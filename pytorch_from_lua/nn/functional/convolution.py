"""Convolutions in one, two and three dimensions, plain and transposed."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.convolution_nd import each, transposed_size
from pytorch_from_lua.nn.functional.padding import pad
from pytorch_from_lua.tensor import Tensor

Sizes = int | tuple[int, ...]
"""One number for all directions, or one for each: (depth, height, width)."""
Padding = Sizes | str
"""What is put on each side, ``"valid"`` for nothing, or ``"same"`` for as much as keeps the size at a stride of 1."""


def same_padding(kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """(before, after) of each dimension, so that a result with a stride of 1 has the size of the input.

    >>> same_padding((3, 2), (2, 1))
    ((2, 2), (0, 1))
    """
    reach = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple([(r // 2, r - r // 2) for r in reach])


def _given(
    dimensions: int, input: Tensor, weight: Tensor, stride: Sizes, padding: str, dilation: Sizes
) -> tuple[Tensor, Sizes]:
    """The input, and the padding of both sides that a word stands for; what one side has more is put there at once."""
    if padding == "valid":
        return input, 0
    if padding != "same":
        raise RangeError(f"padding: got {padding!r}; allowed are 'same', 'valid' and numbers")
    if set(each(stride, dimensions, "stride", 1)) != {1}:
        raise RangeError(f"padding: 'same' needs a stride of 1, got {stride}")
    if weight.ndim != dimensions + 2:
        raise ShapeError(f"weight: needs {dimensions + 2} dimensions, got shape {weight.shape}")
    sides = same_padding(weight.shape[2:], each(dilation, dimensions, "dilation", 1))
    if any(after > before for before, after in sides):
        input = pad(input, [n for before, after in reversed(sides) for n in (0, after - before)])
    return input, tuple([before for before, _ in sides])


def _convolve(
    dimensions: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Tensor:
    if isinstance(padding, str):
        input, padding = _given(dimensions, input, weight, stride, padding, dilation)
    return apply(  # type: ignore[no-any-return]
        f"conv{dimensions}d", input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """1-D cross-correlation ``y[n, o, i] = b[o] + sum_{c, u} W[o, c, u] x[n, c, i s - p + u d]``.

    Args:
        input: ``(N, C, L)`` or ``(C, L)``.
        weight: ``(O, C / groups, k)``.
        bias: ``(O,)``, or None.
        stride: the step between windows.
        padding: zeros on each side, or ``"valid"`` or ``"same"``.
        dilation: the step within a window.
        groups: how many parts the channels fall into, each convolved by itself.

    Returns:
        ``(N, O, floor((L + 2 p - d (k - 1) - 1) / s) + 1)``.

    Raises:
        ShapeError: the sizes do not fit together.
        RangeError: for a padding of another name, and for ``"same"`` with a stride.

    >>> import pytorch_from_lua as torch
    >>> conv1d(torch.ones(1, 1, 5), torch.ones(1, 1, 3), padding="same")
    tensor([[[2., 3., 3., 3., 2.]]])
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """2-D cross-correlation: ``(N, C, H, W)`` or ``(C, H, W)`` with ``(O, C / groups, kH, kW)``; see `conv1d`.

    >>> import pytorch_from_lua as torch
    >>> conv2d(torch.ones(1, 2, 5, 7), torch.ones(4, 2, 3, 3), stride=2).shape
    (1, 4, 2, 3)
    """
    if isinstance(padding, str):
        input, padding = _given(2, input, weight, stride, padding, dilation)
    return apply(  # type: ignore[no-any-return]
        "conv2d", input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """3-D cross-correlation: ``(N, C, T, H, W)`` or without the N, with ``(O, C / groups, kT, kH, kW)``; see `conv1d`.

    >>> import pytorch_from_lua as torch
    >>> conv3d(torch.ones(2, 3, 4, 5), torch.ones(6, 2, 2, 2, 2)).shape
    (6, 2, 3, 4)
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)


def _transpose(
    dimensions: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
) -> Tensor:
    if weight.ndim != dimensions + 2:
        raise ShapeError(f"weight: needs {dimensions + 2} dimensions, got shape {weight.shape}")
    if input.ndim not in (dimensions + 1, dimensions + 2):
        raise ShapeError(f"input: needs {dimensions + 1} or {dimensions + 2} dimensions, got shape {input.shape}")
    size, kernel = input.shape[-dimensions:], weight.shape[2:]
    steps, extra = each(stride, dimensions, "stride", 1), each(output_padding, dimensions, "output_padding")
    wanted = transposed_size(size, kernel, steps, padding, extra, dilation)
    # Where no window reaches the last elements, nothing comes of them but the bias.
    beyond = tuple([max(0, e - s + 1) for e, s in zip(extra, steps, strict=True)])
    shape: tuple[int, ...] = tuple([n - more for n, more in zip(wanted, beyond, strict=True)])
    shape = (*input.shape[: input.ndim - dimensions - 1], weight.shape[1] * groups, *shape)
    how: Any = {"shape": shape, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    name = f"conv_transpose{dimensions}d"
    if not any(beyond):
        return apply(name, input, weight, bias, **how)  # type: ignore[no-any-return]
    found: Tensor = pad(apply(name, input, weight, **how), [n for more in reversed(beyond) for n in (0, more)])
    return found if bias is None else found + bias.view(-1, *(1,) * dimensions)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """1-D transposed convolution ``y[n, o, i s - p + u d] += sum_c W[c, o, u] x[n, c, i]``, plus ``b[o]``.

    The gradient of `conv1d` with respect to its input, as an operation (Zeiler et al., 2010).

    Args:
        input: ``(N, C, L)`` or ``(C, L)``.
        weight: ``(C, O / groups, k)``.
        bias: ``(O,)``, or None.
        stride: the step between windows in the result.
        padding: how much is cut from each side of the result.
        output_padding: how much longer the result is at its end; smaller than the stride or the dilation.
        groups: how many parts the channels fall into.
        dilation: the step within a window.

    Returns:
        ``(N, O, (L - 1) s - 2 p + d (k - 1) + output_padding + 1)``.

    Raises:
        ShapeError: the sizes do not fit together.

    >>> import pytorch_from_lua as torch
    >>> conv_transpose1d(torch.ones(1, 1, 3), torch.ones(1, 1, 3), stride=2)
    tensor([[[1., 1., 2., 1., 2., 1., 1.]]])
    """
    return _transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """2-D transposed convolution: ``(N, C, H, W)`` with ``(C, O / groups, kH, kW)``; see `conv_transpose1d`.

    >>> import pytorch_from_lua as torch
    >>> conv_transpose2d(torch.ones(1, 3, 4, 5), torch.ones(3, 2, 4, 4), stride=2, padding=1).shape
    (1, 2, 8, 10)
    """
    return _transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """3-D transposed convolution: ``(N, C, T, H, W)`` with ``(C, O / groups, kT, kH, kW)``; see `conv_transpose1d`.

    >>> import pytorch_from_lua as torch
    >>> conv_transpose3d(torch.ones(1, 3, 2, 2, 2), torch.ones(3, 2, 2, 2, 2), stride=2).shape
    (1, 2, 4, 4, 4)
    """
    return _transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)
