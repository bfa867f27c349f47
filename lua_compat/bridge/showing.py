"""Tensors as pictures and numbers as curves, for notebooks first; without one they go to a viewer or a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lua_compat.bridge import plots
from lua_compat.bridge.plot_data import Curve
from lua_compat.bridge.plot_words import COLORS, ENDINGS, Style, clean, format_of
from lua_compat.errors import ArgumentError
from pytorch_from_lua import pictures
from pytorch_from_lua.data.images import as_bytes, make_grid
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor import dtype as dtypes

#: Smaller pictures are enlarged up to these pixels where ``zoom`` is not given.
_HEIGHT, _WIDTH = 240, 640


def show(
    images: Tensor | Sequence[Tensor], *, nrow: int = 8, padding: int = 1, zoom: int | None = None,
    value_range: tuple[float, float] | None = None, scale_each: bool = False,
) -> str | None:  # fmt: skip
    """Shows a tensor as a picture: below the cell of a notebook, or in the screen's viewer, or else in a file.

    Args:
        images: a picture (H, W) or (planes, H, W) of 1 or 3 planes; several (N, planes, H, W), or a list of them. Where
            the planes are of another number, each of them is a picture of its own: (32, H, W) are 32.
        nrow: how many pictures stand in a row.
        padding: how many pixels lie around each of several.
        zoom: how many pixels wide a pixel is shown; small pictures are enlarged where it is None.
        value_range: the values that are black and white; the smallest and the largest where None. A uint8 picture
            goes from 0 to 255 then.
        scale_each: these of each picture by itself.

    Returns:
        The name of the file where there is neither a notebook nor a viewer, else None.

    Raises:
        ArgumentError: where the tensor has no such shape or no elements, or an argument is out of range.

    >>> import pytorch_from_lua as torch
    >>> path = show(torch.rand(3, 8, 8))
    """
    if zoom is not None and zoom < 1:
        raise ArgumentError(f"zoom: needs a whole number from 1, got {zoom}")
    if nrow < 1 or padding < 0:
        raise ArgumentError(f"nrow, padding: need whole numbers from 1 and from 0, got {nrow} and {padding}")
    stack = _stack(images)
    bytes_as_they_are = stack.dtype is dtypes.uint8 and value_range is None and not scale_each
    one = stack.shape[0] == 1
    grid = make_grid(
        stack.detach().cpu(), nrow=nrow, padding=0 if one else padding, normalize=not bytes_as_they_are,
        value_range=value_range, scale_each=scale_each, pad_value=255 if bytes_as_they_are else 1.0,
    )  # fmt: skip
    pixels = as_bytes(grid)
    times = zoom or max(1, min(_HEIGHT // pixels.shape[1], _WIDTH // pixels.shape[2]))
    return pictures.show(pixels.repeat(times, 1).repeat(times, 2))


def _stack(images: Any) -> Tensor:
    """The pictures as (N, 1 or 3, H, W)."""
    if isinstance(images, Tensor):
        stack = images
    elif isinstance(images, Sequence) and images and all(isinstance(x, Tensor) for x in images):
        shapes = sorted({tuple(x.shape) for x in images})
        if len(shapes) != 1 or len(shapes[0]) not in (2, 3):
            raise ArgumentError(f"images: a list needs pictures of one shape (H, W) or (planes, H, W), got {shapes}")
        stack = Tensor.from_array(np.stack([x.detach().cpu().array for x in images]))
        if stack.ndim == 3:
            stack = stack.unsqueeze(1)
    else:
        raise ArgumentError(f"images: needs a tensor or a list of tensors, got {type(images).__name__}")
    if stack.ndim == 2:
        stack = stack[None, None]
    elif stack.ndim == 3:
        stack = stack[None] if stack.shape[0] in (1, 3) else stack[:, None]
    if stack.ndim != 4 or 0 in stack.shape:
        raise ArgumentError(
            f"images: needs a shape (H, W), (planes, H, W) or (N, planes, H, W) without a 0, got {tuple(images.shape)}"
        )
    return stack if stack.shape[1] in (1, 3) else stack.reshape(-1, 1, *stack.shape[2:])


def plot_losses(
    losses: Any, *, smooth: int = 1, logscale: bool = False, title: str = "", xlabel: str = "step",
    ylabel: str = "loss", path: str | os.PathLike[str] | None = None,
) -> str | None:  # fmt: skip
    """Draws the losses of a training as curves: below the cell of a notebook, in a window, or else in a file.

    Args:
        losses: numbers, a tensor of them (steps,), or a dict of such by the names that the legend shows.
        smooth: how many losses each point of the bold curve is the mean of; those themselves are then drawn pale.
        logscale: whether the losses are on a logarithmic axis.
        title: stands above.
        xlabel: stands below.
        ylabel: stands at the left.
        path: the file that the picture goes to instead; its name ends in .png, .pdf, .svg or .eps.

    Returns:
        The name of the file, None where it is shown in a notebook or a window.

    Raises:
        ArgumentError: where a curve has no numbers, ``smooth`` is below 1, or the file's name ends otherwise.

    >>> import pytorch_from_lua as torch
    >>> path = plot_losses({"before": [3, 2, 1.5], "after": torch.tensor([1.0, 0.5])}, logscale=True)
    """
    if smooth < 1:
        raise ArgumentError(f"smooth: needs a whole number from 1, got {smooth}")
    if path is None and not pictures.in_notebook() and not plots.has_display():
        handle, path = tempfile.mkstemp(prefix="losses-", suffix=".png")
        os.close(handle)
    session = plots.Session()
    if path is not None:
        kind = format_of(os.fspath(path))
        if kind is None:
            raise ArgumentError(f"path: the name must end in one of {', '.join(ENDINGS)}, got {os.fspath(path)!r}")
        plots.figure(session, 1, os.fspath(path), kind)
    for name, text in {"title": title, "xlabel": xlabel, "ylabel": ylabel}.items():
        session.settings.texts[name] = clean(text)
    session.settings.grid = True
    if logscale:
        session.settings.logs["y"] = 10.0
    panel = plots.begin(session, False)
    named = losses if isinstance(losses, Mapping) else {"": losses}
    for i, (name, values) in enumerate(named.items()):
        panel.layers += _curves(str(name), _numbers(str(name), values), COLORS[i % len(COLORS)], smooth)
    plots.show(session, panel)
    if path is None:
        return None
    plots.flush(session)
    return os.fspath(path)


def _numbers(name: str, values: Any) -> Any:
    if isinstance(values, Tensor):
        values = values.detach().cpu().array
    try:
        found = np.asarray([v.item() if isinstance(v, Tensor) else v for v in values], np.float64)
    except (TypeError, ValueError):
        found = np.zeros((0, 0))
    if found.ndim != 1 or found.size == 0:
        raise ArgumentError(f"losses: {name or 'they'}: needs numbers, one a step, got {values!r:.80}")
    return found


def _curves(name: str, y: Any, color: str, smooth: int) -> list[Curve]:
    """The curve, or where it is made smooth a pale one, and over it the means up to each step."""
    steps = np.arange(1, len(y) + 1, dtype=np.float64)
    if smooth == 1:
        return [Curve(np.stack([steps, y], 1), clean(name), Style("lines", color=color, width=1.5))]
    sums = np.concatenate([[0.0], np.cumsum(y)])
    first = np.maximum(np.arange(len(y)) + 1 - smooth, 0)
    means = (sums[1:] - sums[first]) / (steps - first)
    channels = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    pale = "#" + "".join(f"{(c + 2 * 255) // 3:02x}" for c in channels)
    return [
        Curve(np.stack([steps, y], 1), "", Style("lines", color=pale, width=0.8)),
        Curve(np.stack([steps, means], 1), clean(name), Style("lines", color=color, width=2.0)),
    ]
