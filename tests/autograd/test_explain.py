"""Errors of the array library are told in our words: what was given, and what is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor.tensor import Tensor

X = torch.zeros(3, 4)


def _assign(index: Any, value: Tensor) -> Callable[[], None]:
    return lambda: X.clone().__setitem__(index, value)


EQUAL_OR_1 = "do not broadcast: the sizes of the last dimension must be equal or 1"
PRODUCT = "a product needs as many columns as the second factor has rows"

ERRORS: list[tuple[Callable[[], Any], str]] = [
    (lambda: X + torch.zeros(5), f"add: shapes (3, 4), (5,): (3, 4) and (5,) {EQUAL_OR_1}"),
    (lambda: torch.zeros(5) > X, f"gt: shapes (5,), (3, 4): (5,) and (3, 4) {EQUAL_OR_1}"),
    (lambda: X.clone().add_(torch.zeros(5)), f"add: shapes (3, 4), (5,): (3, 4) and (5,) {EQUAL_OR_1}"),
    (lambda: torch.where(X > 0, X, torch.zeros(5)), f"(3, 4) and (5,) {EQUAL_OR_1}"),
    (lambda: X + torch.zeros(2, 4), "the sizes of dimension -2 must be equal or 1"),
    (
        lambda: X.clone().add_(torch.zeros(2, 3, 4)),
        "a result of shape (2, 3, 4) cannot be stored in a tensor of shape (3, 4)",
    ),
    (lambda: X.clone().copy_(torch.zeros(7)), "values of shape (7,) do not fit a place of shape (3, 4)"),
    (_assign(0, torch.zeros(5)), "values of shape (5,) do not fit a place of shape (4,)"),
    (_assign(X == 0, torch.zeros(5)), "5 values do not fit the 12 places where the mask is true"),
    (lambda: torch.mm(X, X), f"mm: shapes (3, 4), (3, 4): {PRODUCT}, got 4 and 3"),
    (lambda: X @ torch.zeros(5), f"{PRODUCT}, got 4 and 5"),
    (lambda: torch.zeros(4) @ X, f"{PRODUCT}, got 4 and 3"),
    (lambda: torch.bmm(torch.zeros(2, 3, 4), torch.zeros(2, 3, 4)), f"{PRODUCT}, got 4 and 3"),
    (lambda: torch.zeros(2, 3, 4) @ torch.zeros(3, 4, 4), f"(2,) and (3,) {EQUAL_OR_1}"),
    (lambda: torch.addmm(torch.zeros(2, 2), X, torch.zeros(4, 3)), f"(2, 2) and (3, 3) {EQUAL_OR_1}"),
    (lambda: torch.cat([X, torch.zeros(3)]), "tensors that are joined need the same number of dimensions"),
    (lambda: torch.cat([X, X[:2]], 1), "need equal sizes, except along the dimension joined; dimension 0 differs"),
    (lambda: torch.zeros(0).max(), "shape (0,) has no elements to choose from"),
]


@pytest.mark.parametrize(("refused", "text"), ERRORS, ids=[text[-40:] for _, text in ERRORS])
def test_the_error_says_what_was_given_and_what_is_needed(refused: Callable[[], Any], text: str) -> None:
    with pytest.raises(ShapeError) as error:
        refused()
    assert text in str(error.value)
