"""Initialisers: Torch7's random stream, and layers that start as Torch7's do."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import init
from pytorch_from_lua.tensor.generator import Generator


def stream(seed: int, *draws: tuple[str, tuple[float, float], tuple[int, ...]]) -> list[Any]:
    """What a generator of its own draws, one draw after the other."""
    generator = Generator()
    generator.manual_seed(seed)
    return [getattr(generator, kind)(a, b, shape) for kind, (a, b), shape in draws]


def test_a_linear_layer_draws_weight_then_bias() -> None:
    torch.manual_seed(3)
    layer = nn.Linear(9, 2, dtype="float64")
    weight, bias = stream(3, ("uniform", (-1 / 3, 1 / 3), (2, 9)), ("uniform", (-1 / 3, 1 / 3), (2,)))
    np.testing.assert_array_equal(layer.weight.array, weight)
    np.testing.assert_array_equal(layer.bias.array, bias)


def test_a_convolution_draws_weight_then_bias() -> None:
    torch.manual_seed(3)
    layer = nn.Conv2d(4, 6, (2, 2), groups=2, dtype="float64")
    bound = 1 / np.sqrt(8)
    weight, bias = stream(3, ("uniform", (-bound, bound), (6, 2, 2, 2)), ("uniform", (-bound, bound), (6,)))
    np.testing.assert_array_equal(layer.weight.array, weight)
    np.testing.assert_array_equal(layer.bias.array, bias)


def test_a_lookup_table_draws_normal_numbers() -> None:
    torch.manual_seed(3)
    layer = nn.Embedding(3, 3, padding_idx=1, dtype="float64")
    (weight,) = stream(3, ("normal", (0.0, 1.0), (3, 3)))
    weight[1] = 0
    np.testing.assert_array_equal(layer.weight.array, weight)


def test_single_precision_rounds_the_same_stream() -> None:
    torch.manual_seed(3)
    wide = init.normal_(torch.zeros(3, 3, dtype="float64"))
    torch.manual_seed(3)
    narrow = init.normal_(torch.zeros(3, 3))
    np.testing.assert_array_equal(narrow.array, wide.array.astype(np.float32))


def test_views_are_filled_in_place() -> None:
    x = torch.zeros(3, 4)
    part = x[:, 1:3]
    before = x.storage().version
    assert init.constant_(part, 5.0) is part
    assert x.sum().item() == 30.0
    assert x.storage().version > before
    init.uniform_(part, 2.0, 3.0)
    assert ((part >= 2) & (part < 3)).all().item()
    assert init.zeros_(part).sum().item() == 0.0
    assert init.ones_(part).sum().item() == 6.0


@pytest.mark.parametrize(
    ("name", "bound"),
    [("xavier_uniform_", np.sqrt(6 / (20 + 30))), ("kaiming_uniform_", np.sqrt(2.0) * np.sqrt(3 / 20))],
)
def test_bounds(name: str, bound: float) -> None:
    values = abs(getattr(init, name)(torch.zeros(30, 20, dtype="float64")).array)
    assert 0.98 * bound < values.max() <= bound


@pytest.mark.parametrize(
    ("name", "std"), [("xavier_normal_", np.sqrt(2 / (200 + 300))), ("kaiming_normal_", np.sqrt(2.0 / 200))]
)
def test_deviations(name: str, std: float) -> None:
    values = getattr(init, name)(torch.zeros(300, 200, dtype="float64")).array
    assert values.std() == pytest.approx(std, rel=0.02)
    assert abs(values.mean()) < 0.02 * std


def test_nothing_is_drawn_where_it_is_skipped() -> None:
    torch.manual_seed(3)
    with init.skipped():
        nn.Linear(3, 3)
        with init.skipped():
            nn.Linear(3, 3)
        nn.Linear(3, 3)
    skipped = torch.rand(3).tolist()
    torch.manual_seed(3)
    assert torch.rand(3).tolist() == skipped
    with pytest.raises(RuntimeError), init.skipped():
        raise RuntimeError
    assert init.ones_(torch.zeros(2)).tolist() == [1.0, 1.0]


def test_mistakes_are_told() -> None:
    with pytest.raises(ModuleError, match="nonlinearity: got 'swish'; allowed are conv2d, leaky_relu"):
        init.calculate_gain("swish")
    with pytest.raises(ModuleError, match="mode: got 'fan'; allowed are 'fan_in' and 'fan_out'"):
        init.kaiming_normal_(torch.zeros(2, 2), mode="fan")
    with pytest.raises(ShapeError, match=r"needs 2 dimensions or more, got shape \(2,\)"):
        init.xavier_uniform_(torch.zeros(2))


def test_identities() -> None:
    assert init.eye_(torch.ones(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    x = torch.rand(1, 4, 5, 5)
    for groups in (1, 2):
        weight = init.dirac_(torch.ones(4, 4 // groups, 3, 3), groups)
        np.testing.assert_array_equal(nn.functional.conv2d(x, weight, padding=1, groups=groups).array, x.array)
    assert init.dirac_(torch.ones(3, 2, 3)).array.sum() == 2


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 2, 3), (6, 2, 2)])
def test_orthogonal_rows_or_columns(shape: tuple[int, ...]) -> None:
    made = init.orthogonal_(torch.zeros(*shape, dtype="float64"), gain=2.0).array.reshape(shape[0], -1)
    products = made @ made.T if made.shape[0] < made.shape[1] else made.T @ made
    np.testing.assert_allclose(products, 4 * np.eye(len(products)), atol=1e-12)


def test_a_cut_off_normal_distribution() -> None:
    values = init.trunc_normal_(torch.zeros(40000, dtype="float64"), mean=1.0, std=2.0, a=-1.0, b=4.0).array
    assert -1 <= values.min() < -0.9
    assert 3.9 < values.max() <= 4
    assert (values < 1).mean() == pytest.approx((0.5 - 0.158655) / (0.933193 - 0.158655), abs=0.01)
    torch.manual_seed(3)
    first = init.trunc_normal_(torch.zeros(5)).tolist()
    torch.manual_seed(3)
    assert init.trunc_normal_(torch.zeros(5)).tolist() == first


def test_a_part_of_each_column_is_0() -> None:
    values = init.sparse_(torch.ones(10, 4), sparsity=0.25, std=0.5).array
    assert ((values == 0).sum(0) == 3).all()
    assert 0.1 < values.std() < 1


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("init.eye_(torch.zeros(2))", r"tensor: eye_ needs 2 dimensions, got shape \(2,\)"),
        ("init.dirac_(torch.zeros(2, 2))", "tensor: dirac_ needs 3, 4 or 5 dimensions"),
        ("init.dirac_(torch.zeros(3, 2, 2), 2)", "the first divided by 2 groups"),
        ("init.orthogonal_(torch.zeros(2))", "tensor: orthogonal_ needs 2 dimensions or more"),
        ("init.sparse_(torch.zeros(2), 0.1)", "tensor: sparse_ needs 2 dimensions"),
        ("init.sparse_(torch.zeros(2, 2), 1.1)", "sparsity: lies between 0 and 1, got 1.1"),
        ("init.trunc_normal_(torch.zeros(2), a=3)", "a: needs to be at most b, got 3 and 2.0"),
    ],
)
def test_more_mistakes_are_told(call: str, text: str) -> None:
    with pytest.raises((ModuleError, ShapeError), match=text):
        eval(call, {"init": init, "torch": torch})


def test_a_block_without_initial_values_is_that_of_its_thread_alone() -> None:
    """Two threads begin and end such blocks in turns."""
    first, second, drawn = threading.Event(), threading.Event(), []

    def other() -> None:
        first.wait()
        drawn.append(init.is_skipping())
        with init.skipped():
            second.set()
            ended.wait()
        drawn.append(init.is_skipping())

    ended = threading.Event()
    thread = threading.Thread(target=other)
    thread.start()
    with init.skipped():
        first.set()
        second.wait()
    drawn.append(init.is_skipping())
    ended.set()
    thread.join()
    assert (drawn, init.is_skipping()) == ([False] * 3, False)
    assert init.ones_(torch.zeros(2)).tolist() == [1, 1]
