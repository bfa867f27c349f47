"""Random tensors: what is drawn, from which stream, and what the distributions look like."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pytorch_from_lua as torch


@pytest.mark.parametrize("rate", [0.0, 0.3, 4.0, 60.0, 1300.0])
def test_poisson(rate: float) -> None:
    drawn = torch.poisson(torch.full((20000,), rate, dtype="float64")).numpy()
    assert (drawn == np.floor(drawn)).all()
    spread = math.sqrt(rate / 20000)
    assert drawn.mean() == pytest.approx(rate, abs=5 * spread)
    assert drawn.var() == pytest.approx(rate, abs=5 * math.sqrt((rate + 2 * rate**2) / 20000))


def test_poisson_has_the_probabilities_of_its_formula() -> None:
    drawn = torch.poisson(torch.full((50000,), 2.0)).long().bincount().double() / 50000
    expected = [math.exp(-2) * 2**k / math.factorial(k) for k in range(5)]
    np.testing.assert_allclose(drawn[:5].numpy(), expected, atol=0.01)


def test_the_seed_gives_the_numbers_again() -> None:
    def draw() -> list[float]:
        g = torch.Generator().manual_seed(5)
        several = [
            torch.poisson(torch.full((3,), 2.5), generator=g),
            torch.bernoulli(torch.full((3,), 0.5), generator=g),
            torch.randint(0, 100, (3,), generator=g),
            torch.empty(3).exponential_(generator=g),
            torch.randn(3, generator=g),
            torch.full((4,), 0.25).multinomial(2, generator=g),
        ]
        return [number for t in several for number in t.tolist()]

    before = torch.get_rng_state()
    assert draw() == draw()
    assert torch.equal(torch.get_rng_state(), before)  # only the generator given was drawn from


def test_a_generator_continues_from_its_state() -> None:
    g = torch.Generator("cpu").manual_seed(3)
    assert (g.device, g.initial_seed()) == ("cpu", 3)
    torch.rand(5, generator=g)
    copy, state = g.clone_state(), g.get_state()
    first = torch.rand(4, generator=g).tolist()
    assert torch.rand(4, generator=copy).tolist() == first
    assert torch.rand(4, generator=torch.Generator().set_state(state)).tolist() == first


def test_numbers_lie_where_they_should() -> None:
    x = torch.empty(1000)
    assert x.uniform_(2, 3).min() >= 2
    assert x.uniform_(2, 3).max() < 3
    assert sorted(x.random_(3, 6).unique().tolist()) == [3, 4, 5]
    assert sorted(torch.randint_like(x, 2).unique().tolist()) == [0, 1]
    assert x.normal_(3, 0).unique().tolist() == [3]
    assert x.exponential_(2).mean().item() == pytest.approx(0.5, abs=0.1)
    assert torch.bernoulli(torch.full((4000,), 0.25)).mean().item() == pytest.approx(0.25, abs=0.05)
    assert x.geometric_(0.5).min() >= 1


def test_typed_constructors() -> None:
    assert torch.LongTensor([1, 2]).dtype is torch.int64
    assert torch.ByteTensor(2, 3).shape == (2, 3)
    assert isinstance(torch.zeros(1), torch.FloatTensor)
    assert not isinstance(torch.zeros(1), torch.DoubleTensor)
    assert not isinstance(1.0, torch.FloatTensor)
    assert torch.zeros(2).type(torch.IntTensor).dtype is torch.int32
    try:
        torch.set_default_tensor_type(torch.DoubleTensor)
        assert torch.zeros(1).dtype is torch.float64
        torch.set_default_tensor_type("torch.FloatTensor")
        assert torch.zeros(1).dtype is torch.float32
    finally:
        torch.set_default_dtype("float32")


def test_complex_numbers_are_said_to_be_missing() -> None:
    for name in ("complex64", "polar", "view_as_real"):
        with pytest.raises(AttributeError, match="no complex numbers here"):
            getattr(torch, name)


def test_asarray_shares_or_copies() -> None:
    a = np.zeros(2)
    assert np.shares_memory(torch.asarray(a).numpy(), a)
    assert not np.shares_memory(torch.asarray(a, copy=True).numpy(), a)
    with pytest.raises(torch.errors.StorageError, match="copy: is False"):
        torch.asarray([1, 2], copy=False)
    strided = torch.empty_strided((2, 3), (1, 4), dtype="int64")
    assert (strided.stride(), len(strided.storage())) == ((1, 4), 10)
