"""Sequences of different lengths in one tensor: padded, or packed without the padding (PyTorch's ``nn.utils.rnn``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.creation import full

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class PackedSequence(NamedTuple):
    """Sequences without padding: the rows of all steps, one step after the other, the longest sequences first.

    Attributes:
        data: ``(sum of lengths, ...)``.
        batch_sizes: how many sequences each step has; whole numbers, ``(T,)``.
        sorted_indices: which sequence stands at each place, the longest first; None where they were in that order.
        unsorted_indices: the place of each sequence; None likewise.
    """

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None

    def to(self, *args: Any, **options: Any) -> PackedSequence:
        """The same with data of another type or on another device."""
        return self._replace(data=self.data.to(*args, **options))

    def float(self) -> PackedSequence:
        """The same in float32."""
        return self.to("float32")

    def double(self) -> PackedSequence:
        """The same in float64."""
        return self.to("float64")


def _tensor(values: Any) -> Tensor:
    return Tensor.from_array(np.asarray(values, np.int64))


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes one; None for None."""
    return None if permutation is None else _tensor(np.argsort(permutation.array, kind="stable"))


def _lengths(lengths: Any, count: int, longest: int) -> np.ndarray[Any, Any]:
    found = np.asarray(lengths.array if isinstance(lengths, Tensor) else lengths).astype(np.int64).reshape(-1)
    if len(found) != count:
        raise ModuleError(f"lengths: {count} sequences got {len(found)} lengths")
    if len(found) == 0 or found.min() < 1 or found.max() > longest:
        raise ModuleError(f"lengths: each lies between 1 and {longest}, got {found.tolist()}")
    return found


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Takes the padding away.

    Args:
        input: ``(T, N, ...)``, or ``(N, T, ...)`` with ``batch_first``.
        lengths: of the N sequences, each from 1 to T.
        batch_first: see ``input``.
        enforce_sorted: whether the longest have to come first; else they are put so.

    Raises:
        ModuleError: for lengths that do not fit, or are not sorted where they should be.

    >>> from pytorch_from_lua import tensor
    >>> packed = pack_padded_sequence(tensor([[1, 2], [3, 0]]), [2, 1])
    >>> packed.data.tolist(), packed.batch_sizes.tolist()
    ([1, 2, 3], [2, 1])
    """
    if input.ndim < 2:
        raise ModuleError(f"input: needs shape (T, N, ...), got {input.shape}")
    steps, count = (input.shape[1], input.shape[0]) if batch_first else input.shape[:2]
    sizes = _lengths(lengths, count, steps)
    order = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
    elif (np.diff(sizes) > 0).any():
        raise ModuleError(f"lengths: the longest come first with enforce_sorted, got {sizes.tolist()}")
    sequences = np.arange(count) if order is None else order
    at = np.arange(sizes.max())[:, None]
    there = at < sizes[sequences][None, :]
    places = (sequences * steps + at if batch_first else at * count + sequences)[there]
    rows = input.reshape(steps * count, *input.shape[2:])
    data = apply("index_select", rows, dim=0, index=places)
    ordered = None if order is None else _tensor(order)
    return PackedSequence(data, _tensor(there.sum(1)), ordered, invert_permutation(ordered))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The padded sequences and their lengths: `pack_padded_sequence` undone.

    Args:
        sequence: packed.
        batch_first: whether the output is ``(N, T, ...)``, else ``(T, N, ...)``.
        padding_value: what stands behind the end of a sequence.
        total_length: T; that of the longest sequence where None.

    Raises:
        ModuleError: for a ``total_length`` below that of the longest.
    """
    sizes = sequence.batch_sizes.array
    steps, count = len(sizes), int(sizes[0])
    if total_length is not None and total_length < steps:
        raise ModuleError(f"total_length: needs to be {steps}, the longest, or more, got {total_length}")
    there = np.zeros((steps if total_length is None else total_length, count), bool)
    there[:steps] = np.arange(count)[None, :] < sizes[:, None]
    places = np.full(there.shape, len(sequence.data), np.int64)  # the row after the last one is padding
    places[there] = np.arange(len(sequence.data))
    lengths = there.sum(0)
    if sequence.unsorted_indices is not None:
        back = sequence.unsorted_indices.array
        places, lengths = places[:, back], lengths[back]
    if batch_first:
        places = places.T
    data = sequence.data
    padding = full((1, *data.shape[1:]), padding_value, dtype=data.dtype, device=data.device)
    rows = apply("index_select", apply("cat", data, padding, dim=0), dim=0, index=places.reshape(-1))
    return rows.reshape(*places.shape, *data.shape[1:]), _tensor(lengths)


def pad_sequence(
    sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences ``(T_i, ...)`` in one tensor, ``(T, N, ...)`` or ``(N, T, ...)`` with ``batch_first``.

    Args:
        sequences: one or more, which differ in the first size only.
        batch_first: see above.
        padding_value: what the shorter ones are filled up with.
        padding_side: "right" or "left".

    Raises:
        ModuleError: for no sequences, or other sizes that differ.
    """
    if padding_side not in ("right", "left"):
        raise ModuleError(f"padding_side: got {padding_side!r}; allowed are 'right' and 'left'")
    items = list(sequences)
    if not items:
        raise ModuleError("sequences: needs one or more, got none")
    shape = items[0].shape[1:]
    if any(t.ndim == 0 or t.shape[1:] != shape for t in items):
        raise ModuleError(f"sequences: need the same sizes after the first, got {[tuple(t.shape) for t in items]}")
    longest = max(len(t) for t in items)
    rows = []
    for t in items:
        rest = full((longest - len(t), *shape), padding_value, dtype=t.dtype, device=t.device)
        rows.append(apply("cat", *((t, rest) if padding_side == "right" else (rest, t)), dim=0))
    return apply("stack", *rows, dim=0 if batch_first else 1)  # type: ignore[no-any-return]


def unpad_sequence(padded_sequences: Tensor, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded tensor, each with its own length."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [rows[i][:n] for i, n in enumerate(_lengths(lengths, len(rows), rows.shape[1]).tolist())]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences ``(T_i, ...)`` packed; arguments as in `pack_padded_sequence`."""
    lengths = [len(t) for t in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed one, each with its own length."""
    padded, lengths = pad_packed_sequence(packed_sequences)
    return unpad_sequence(padded, lengths)
