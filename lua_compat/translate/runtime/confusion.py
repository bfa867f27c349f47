"""``optim.ConfusionMatrix`` and ``optim.Logger``."""

from __future__ import annotations

from typing import Any

import pytorch_from_lua as torch
from lua_compat.translate.runtime.text import tostring
from pytorch_from_lua.tensor import Tensor


class ConfusionMatrix:
    """How often each class (row) was taken for each class (column); classes count from 1.

    Args:
        classes: how many, or their names.

    Attributes:
        mat: the counts, (classes, classes).
        totalValid: the share of right ones among all, after `updateValids`.
    """

    def __init__(self, classes: Any, names: Any = None) -> None:
        if not isinstance(classes, (int, float)):
            classes, names = len(classes), classes
        self.nclasses, self.classes = int(classes), list(names or [])
        self.zero()

    def zero(self) -> None:
        """Forgets all counts."""
        self.mat = torch.zeros(self.nclasses, self.nclasses, dtype=torch.int64)
        self.valids = torch.zeros(self.nclasses, dtype=torch.float32)
        self.unionvalids = torch.zeros(self.nclasses, dtype=torch.float32)
        self.totalValid = self.averageValid = self.averageUnionValid = 0.0

    def add(self, prediction: Any, target: Any) -> None:
        """Counts one: each a class, or a tensor of scores. A target below 1 is not known and not counted."""
        p, t = _class(prediction), _class(target)
        if t >= 1:
            self.mat[t - 1, p - 1] = self.mat[t - 1, p - 1].item() + 1

    def batchAdd(self, predictions: Tensor, targets: Tensor) -> None:
        """Counts tensors of classes, or of a row of scores each."""
        for p, t in zip(_classes(predictions), _classes(targets), strict=True):
            if t >= 1:
                self.mat[t - 1, p - 1] = self.mat[t - 1, p - 1].item() + 1

    def updateValids(self) -> None:
        """Computes the shares of right ones."""
        counts = self.mat.tolist()
        right = total = 0
        averages: list[tuple[float, float]] = []
        for t in range(self.nclasses):
            hits, row, column = counts[t][t], sum(counts[t]), sum(r[t] for r in counts)
            self.valids[t] = hits / row if row else float("nan")
            union = row + column - hits
            self.unionvalids[t] = hits / union if union else float("nan")
            if row and union:
                averages.append((self.valids[t].item(), self.unionvalids[t].item()))
            right, total = right + hits, total + row
        self.totalValid = right / total if total else float("nan")
        count = len(averages)
        self.averageValid = sum(a for a, _ in averages) / count if count else float("nan")
        self.averageUnionValid = sum(b for _, b in averages) / count if count else float("nan")

    def __repr__(self) -> str:
        self.updateValids()
        lines = ["ConfusionMatrix:"]
        for t, row in enumerate(self.mat.tolist()):
            name = f"\t[class: {self.classes[t]}]" if self.classes else ""
            start, end = "[[" if t == 0 else " [", "]]  " if t == self.nclasses - 1 else "]   "
            cells = "".join([f"{n:8d}" for n in row])
            lines.append(f"{start}{cells}{end}{self.valids[t].item() * 100:2.3f}% {name}")
        lines += [
            f" + average row correct: {tostring(self.averageValid * 100)}% ",
            f" + average rowUcol correct (VOC measure): {tostring(self.averageUnionValid * 100)}% ",
            f" + global correct: {tostring(self.totalValid * 100)}%",
        ]
        return "\n".join(lines)


def _class(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) else int(value.float().argmax(0).item()) + 1


def _classes(values: Tensor) -> list[int]:
    if values.dim() == 1:
        return [int(v) for v in values.tolist()]
    if values.size(1) == 1:
        return [int(v) for v in values[:, 0].tolist()]
    return [v + 1 for v in values.float().argmax(1).tolist()]


class Logger:
    """``optim.Logger``: a file with a line of numbers for each `add`."""

    def __init__(self, path: str | None = None, *_: Any) -> None:
        self.path, self.names, self.rows = path, [], []  # type: ignore[var-annotated]

    def setNames(self, names: Any) -> None:
        """The heads of the columns."""
        self.names = list(names)

    def style(self, styles: Any) -> None:
        """How curves are drawn, which this one does not do."""

    def add(self, values: Any) -> None:
        """Writes a line."""
        if isinstance(values, dict):
            self.names = self.names or list(values)
            values = list(values.values())
        if self.path is not None:
            mode = "a" if self.rows else "w"
            with open(self.path, mode, encoding="utf-8") as file:
                if not self.rows:
                    file.write("\t".join([str(name) for name in self.names]) + "\t\n")
                file.write("\t".join([f"{v:11.4e}" for v in values]) + "\t\n")
        self.rows.append(list(values))
