"""The random stream against what a real Torch7 drew (the corpus), and against itself drawn one by one."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lua_compat.t7 import T7Table, read_file
from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor.generator import Generator

GOLDEN = Path(__file__).parent.parent / "conformance" / "golden" / "tensor" / "random.t7"
SIX = (6,)


@pytest.fixture(scope="module")
def golden():
    """What Torch7 returned, case by case."""
    return {
        case["name"]: [case["values"].get(i + 1) for i in range(int(case["n"]))] for case in read_file(GOLDEN).values()
    }


def agree(expected, *drawn):
    """Bit for bit, in the type of what is expected."""
    assert len(drawn) <= len(expected)
    assert len(drawn) > 0
    for want, got in zip(map(np.asarray, expected), drawn, strict=False):
        np.testing.assert_array_equal(np.asarray(got).astype(want.dtype), want)


@pytest.mark.parametrize("seed", [0, 1, 123, 20161017])
def test_streams_of_torch7(golden, seed):
    g = Generator(seed)
    agree(golden[f"uniform stream, seed {seed}"], g.uniform(shape=(20,)), g.uniform(), g.uniform(-2, 3))
    g = Generator(seed)
    agree(
        golden[f"normal stream, seed {seed}"],
        g.normal(shape=(21,)),
        g.normal(),
        g.normal(5, 0.1),
        g.normal(shape=(3,)),
    )
    g = Generator(seed)
    agree(
        golden[f"random integers, seed {seed}"],
        g.random(),
        g.random(1, 11),
        g.random(-3, 4),
        g.random(shape=(10,)),
        g.random(1, 7, (10,)),
        g.random(5, 10, (10,)),
    )
    g = Generator(seed)
    agree(golden[f"permutation, seed {seed}"], g.randperm(15) + 1, g.randperm(1) + 1)
    g = Generator(seed)
    agree(
        golden[f"mixed draws, seed {seed}"],
        g.normal(shape=(1,)),
        g.uniform(),
        g.normal(shape=(2,)),
        g.random(1, 101),
        g.uniform(shape=(2,)),
        g.normal(),
    )


@pytest.mark.parametrize("kind", ["Float", "Double"])
def test_distributions_of_torch7(golden, kind):
    g = Generator(1234)
    agree(
        golden[f"tensor distributions torch.{kind}Tensor"],
        g.uniform(shape=SIX),
        g.uniform(-1, 1, SIX),
        g.normal(shape=SIX),
        g.normal(2, 3, SIX),
        g.exponential(0.5, SIX),
        g.cauchy(shape=SIX),
        g.cauchy(1, 2, SIX),
        g.log_normal(shape=SIX),
        g.log_normal(1, 0.5, SIX),
        g.geometric(0.3, SIX),
        g.bernoulli(shape=SIX),
        g.bernoulli(0.2, SIX),
    )


@pytest.mark.parametrize("word", ["Int", "Long", "Byte", "Short", "Char"])
def test_integers_of_torch7(golden, word):
    g = Generator(1234)
    agree(
        golden[f"integer tensor distributions {word}"],
        g.random_of(types.BY_TORCH7[word], SIX),
        g.random(1, 10, SIX),
        g.random(2, 5, SIX),
        g.geometric(0.4, SIX),
        g.bernoulli(0.5, SIX),
    )


def test_single_draws_of_torch7(golden):
    g = Generator(1234)
    agree(
        golden["scalar distributions"],
        g.exponential(2),
        g.cauchy(0, 1),
        g.log_normal(1, 2),
        g.geometric(0.25),
        g.bernoulli(0.7),
        g.bernoulli(),
    )


def test_multinomial_of_torch7(golden):
    g = Generator(1234)
    agree(
        golden["multinomial with replacement"],
        g.multinomial([1, 2, 3, 4], 12, True) + 1,
        g.multinomial([[0, 1], [1, 0], [1, 1]], 5, True) + 1,
    )
    g = Generator(1234)
    agree(
        golden["multinomial without replacement"],
        g.multinomial([0.1, 0.2, 0.3, 0.4], 4) + 1,
        g.multinomial([[5, 1, 1], [0, 1, 1]], 2) + 1,
    )


def test_alias_tables_of_torch7(golden):
    g = Generator(1234)
    places, chances = g.alias_setup([0.2, 0.3, 0.5])
    table, drawn = golden["multinomial alias"]
    assert isinstance(table, T7Table)
    agree([table[1], table[2], drawn], places, chances, g.alias_draw(places, chances, (8,)) + 1)


def test_a_long_stream_of_torch7(golden):
    g = Generator(1234)
    x, y = g.uniform(shape=(100000,)), g.normal(shape=(100001,))
    expected = [float(v) for v in golden["a long stream"]]
    assert [x[-1], y[-1], g.random(1, 1000001)] == [expected[1], expected[3], expected[4]]
    np.testing.assert_allclose([x.sum(), y.sum()], [expected[0], expected[2]], rtol=1e-12)


DRAWS = st.lists(
    st.tuples(st.sampled_from(["uniform", "normal", "random", "exponential"]), st.integers(0, 700)), max_size=6
)


@given(DRAWS, st.integers(0, 2**32 - 1))
def test_arrays_hold_what_single_draws_give(draws, seed):
    many, single = Generator(seed), Generator(seed)
    for name, count in draws:
        array = getattr(many, name)(shape=(count,))
        np.testing.assert_array_equal(array, [getattr(single, name)() for _ in range(count)])
    np.testing.assert_array_equal(many.get_state()[:5016], single.get_state()[:5016])
    assert many.normal() == single.normal()


@given(st.integers(0, 2000), st.booleans())
def test_a_saved_state_continues_where_it_was(count, half):
    g = Generator(7)
    g.words(count)
    if half:
        g.normal()
    state = g.get_state()
    assert (state.dtype, state.shape) == (np.uint8, (5048,))
    first = [g.normal(), g.word(), *g.words(700)]
    for h in (g.set_state(state), Generator(0).set_state(state)):
        np.testing.assert_array_equal(h.get_state(), state)
        assert [h.normal(), h.word(), *h.words(700)] == first


def test_state_lies_as_in_torch7s_struct():
    g = Generator(77)
    head = g.get_state()
    assert head[:24].view("<u8").tolist()[0] == 77
    assert head[8:16].view("<i4").tolist() == [1, 1]  # one word left before the next block, seeded
    assert head[16:24].view("<u8").tolist() == [0]
    words = head[24:5016].view("<u8")
    np.testing.assert_array_equal(words[:2], [77, (1812433253 * (77 ^ (77 >> 30)) + 1) & 0xFFFFFFFF])
    g.normal()
    state = g.get_state()
    assert state[8:16].view("<i4").tolist() == [623, 1]
    assert state[16:24].view("<u8").tolist() == [2]
    x, y, rho = state[5016:5040].view("<f8")
    assert rho == np.sqrt(-2 * np.log(1 - y))
    assert 0 <= x < 1
    assert state[5040:5044].view("<i4")[0] == 1


def test_copies_go_on_by_themselves():
    g = Generator(3)
    g.normal()
    for other in (g.clone(), pickle.loads(pickle.dumps(g))):
        ahead = g.clone()
        assert [other.normal() for _ in range(5)] == [ahead.normal() for _ in range(5)]
    assert g.initial_seed() == 3


def test_seed_from_the_system():
    g = Generator()
    chosen = g.seed()
    assert g.initial_seed() == chosen < 2**53
    assert g.word() == Generator(chosen).word()
    assert Generator(2**32 + 5).word() == Generator(5).word()


def test_words_belong_to_the_caller():
    g = Generator(5)
    g.word()
    g.words(10)[:] = 0
    h = Generator(5)
    h.words(11)
    assert g.word() == h.word()
    np.testing.assert_array_equal(g.get_state(), h.get_state())


@given(st.integers(0, 300))
def test_randperm_is_a_permutation(n):
    assert sorted(Generator(n).randperm(n).tolist()) == list(range(n))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda g: g.bernoulli(2), "p: .* between 0 and 1, got 2"),
        (lambda g: g.bernoulli([0.5, -1], (2,)), "p: .* between 0 and 1"),
        (lambda g: g.normal(0, 0), "std: .* larger than 0, got 0"),
        (lambda g: g.geometric(1), "p: .* got 1"),
        (lambda g: g.random(3, 3), "high: .* larger than low = 3, got 3"),
        (lambda g: g.randperm(-1), "n: .* got -1"),
        (lambda g: g.multinomial([1, 1], 3), "3 draws without replacement from 2"),
        (lambda g: g.multinomial([0, 0], 1), "a sum of 0"),
        (lambda g: g.multinomial([1, -1, 3], 1), "at least 0"),
        (lambda g: g.multinomial([[[1]]], 1), r"shape \(1, 1, 1\)"),
        (lambda g: g.set_state(np.zeros(10, np.uint8)), "5048 bytes of uint8, got 10"),
        (lambda g: g.set_state(np.zeros(5048, np.uint8)), "0 words left"),
    ],
)
def test_errors_name_what_is_wrong(call, says):
    with pytest.raises(TensorError, match=says):
        call(Generator(1))


def test_generators_of_several_threads_begin_as_one_does_alone() -> None:
    alone = [Generator(seed).uniform() for seed in range(40)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda seed: Generator(seed).uniform(), range(40))) == alone
    assert len(set(alone)) == 40
