"""What functions over images of any number of dimensions check of their input."""

from __future__ import annotations

from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.tensor import Tensor

_WORDS = {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}


def image_size(name: str, input: Tensor, dimensions: int) -> tuple[int, ...]:
    """The sizes of the image: the last ``dimensions`` of the shape.

    Raises:
        ShapeError: the input is no batch of images with channels, nor one image.
    """
    if not isinstance(input, Tensor) or input.ndim not in (dimensions + 1, dimensions + 2):
        given = input.shape if isinstance(input, Tensor) else type(input).__name__
        raise ShapeError(f"input: {name} needs shape {_WORDS[dimensions]}, or without the N, got {given}")
    return tuple(input.shape[-dimensions:])


def real(name: str, input: Tensor) -> None:
    """Raises DTypeError where the elements are whole numbers."""
    if not input.dtype.is_floating_point:
        raise DTypeError(f"input: {name} needs a floating-point type, got {input.dtype.name}")
