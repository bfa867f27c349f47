"""The patches of an image as columns, and back."""

from __future__ import annotations

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.tensor import Tensor

Pair = int | tuple[int, int]


def unfold(input: Tensor, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Tensor:
    """The patches that a window sees, each as a column: ``(N, C, H, W)`` to ``(N, C kH kW, L)``.

    Args:
        input: ``(N, C, H, W)`` or ``(C, H, W)``.
        kernel_size: the size of the window, a number or (height, width).
        dilation: the step within the window.
        padding: zeros on each side.
        stride: the step between windows.

    Raises:
        ShapeError: the image is smaller than the window.

    >>> import pytorch_from_lua as torch
    >>> unfold(torch.arange(6.0).view(1, 1, 2, 3), (2, 2))
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])
    """
    return apply(  # type: ignore[no-any-return]
        "im2col", input, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
    )


def fold(
    input: Tensor,
    output_size: Pair,
    kernel_size: Pair,
    dilation: Pair = 1,
    padding: Pair = 0,
    stride: Pair = 1,
) -> Tensor:
    """The image whose elements are sums of their places in columns: ``(N, C kH kW, L)`` to ``(N, C, H, W)``.

    `unfold` transposed: of an image's own patches it gives each element times the number of windows that see it.

    Args:
        input: ``(N, C kH kW, L)`` or without the N.
        output_size: the size of the image, a number or (height, width).
        kernel_size: the size of the window, a number or (height, width).
        dilation: the step within the window.
        padding: what was put on each side.
        stride: the step between windows.

    Raises:
        ShapeError: the columns are not those of such an image.

    >>> import pytorch_from_lua as torch
    >>> fold(torch.ones(1, 4, 2), (2, 3), (2, 2))
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """
    size = (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)
    return apply(  # type: ignore[no-any-return]
        "col2im",
        input,
        output_size=size,
        kernel_size=kernel_size,
        dilation=dilation,
        padding=padding,
        stride=stride,
    )
