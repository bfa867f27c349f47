"""Samples put together to a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.errors import DataError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.creation import tensor
from pytorch_from_lua.tensor.joining import stack


def default_collate(batch: Sequence[Any]) -> Any:
    """Return a batch of samples: tensors stacked to (N, ...), numbers as a tensor (N,), texts as a list.

    Tuples, lists and mappings of these are put together field by field. Whole numbers make int64, others float64.

    Raises:
        DataError: for samples of other kinds, or that do not fit together.

    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ['a', 'b']]
    """
    if len(batch) == 0:
        raise DataError("batch: needs at least one sample, got none")
    first = batch[0]
    if isinstance(first, Tensor):
        _of_one_shape(batch)
        return stack(list(batch))
    if isinstance(first, (np.ndarray, np.generic)):
        _of_one_shape(batch)
        return Tensor.from_array(np.stack(batch))
    if isinstance(first, bool):
        return tensor(list(batch))
    if isinstance(first, (int, float)):
        whole = all(isinstance(x, int) for x in batch)
        return Tensor.from_array(np.array(batch, np.int64 if whole else np.float64))
    if isinstance(first, (str, bytes)):
        return list(batch)
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise DataError(f"batch: samples have {sorted({len(s) for s in batch})} fields, all need the same number")
        fields = [default_collate(field) for field in zip(*batch, strict=True)]
        return type(first)(*fields) if hasattr(first, "_fields") else fields
    raise DataError(
        f"batch: samples are {type(first).__name__}, which no rule puts together; give the loader a collate_fn"
    )


def _of_one_shape(batch: Sequence[Any]) -> None:
    shapes = {tuple(getattr(x, "shape", ())) for x in batch}
    if len(shapes) > 1:
        told = ", ".join(map(str, sorted(shapes)))
        raise DataError(f"batch: samples have shapes {told}, all need the same; give the loader a collate_fn")
