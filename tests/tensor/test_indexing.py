"""Reading and writing by index, against numpy where it agrees with PyTorch, and against the peer where it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

import pytorch_from_lua as torch
from pytorch_from_lua.errors import DimensionError, DTypeError, ShapeError

SHAPES = array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)


def numbered(shape):
    array = np.arange(int(np.prod(shape)), dtype=np.float64).reshape(shape)
    return torch.tensor(array), array


def steps_forward(index):
    parts = index if isinstance(index, tuple) else (index,)
    return all(not isinstance(p, slice) or p.step is None or p.step > 0 for p in parts)


@given(st.data())
def test_basic_indices_are_views(data):
    shape = data.draw(SHAPES)
    index = data.draw(basic_indices(shape, allow_newaxis=True).filter(steps_forward))
    base, array = numbered(shape)
    view, expected = base[index], array[index]
    np.testing.assert_array_equal(view.numpy(), expected)
    assert view.storage() is base.storage()
    view.fill_(-1)
    array[index] = -1
    np.testing.assert_array_equal(base.numpy(), array)


@given(st.data())
def test_writing_by_basic_indices(data):
    shape = data.draw(SHAPES)
    index = data.draw(basic_indices(shape).filter(steps_forward))
    base, array = numbered(shape)
    value = -np.arange(np.size(array[index]), dtype=np.float64).reshape(np.shape(array[index]))
    base[index] = torch.tensor(value)
    array[index] = value
    np.testing.assert_array_equal(base.numpy(), array)


@given(st.data())
def test_integer_arrays_copy(data):
    shape = data.draw(SHAPES)
    index = data.draw(integer_array_indices(shape))
    base, array = numbered(shape)
    for form in (index, tuple([torch.tensor(i) for i in index]), tuple([i.tolist() for i in index])):
        found = base[form]
        np.testing.assert_array_equal(found.numpy(), array[index])
        assert found.storage() is not base.storage()
    value = np.arange(np.size(array[index]), dtype=np.float64).reshape(array[index].shape) + 100
    unique = len(set(zip(*[i.ravel() for i in np.broadcast_arrays(*index)], strict=True))) == value[..., :1].size
    base[index] = 7.0 if not unique else torch.tensor(value)
    array[index] = 7.0 if not unique else value
    np.testing.assert_array_equal(base.numpy(), array)


@given(st.data())
def test_masks(data):
    shape = data.draw(SHAPES)
    base, array = numbered(shape)
    depth = data.draw(st.integers(1, len(shape)))
    bits = data.draw(
        st.lists(st.booleans(), min_size=int(np.prod(shape[:depth])), max_size=int(np.prod(shape[:depth])))
    )
    mask = np.array(bits).reshape(shape[:depth])
    for form in (mask, torch.tensor(mask), torch.tensor(mask.astype(np.uint8))):
        np.testing.assert_array_equal(base[form].numpy(), array[mask])
    base[mask] = 5
    array[mask] = 5
    np.testing.assert_array_equal(base.numpy(), array)


MIXED = [
    (0, slice(None), [0, 2]),
    ([0, 1], slice(None), 1),
    ([0, 1], slice(1, 3), [1, 2]),
    (slice(None), [2, 0], None),
    (None, [1, 0], slice(None), [[0], [3]]),
    (..., [3, 1]),
    (slice(None), slice(0, 3, 2), [1]),
    ([1], ..., 2),
    (True,),
    (False, 0),
]


@pytest.mark.peer
@pytest.mark.parametrize("index", MIXED, ids=str)
def test_mixed_indices_as_the_peer(index):
    peer = pytest.importorskip("torch")
    base, array = numbered((2, 3, 4))
    theirs = peer.tensor(array)
    np.testing.assert_array_equal(base[index].numpy(), theirs[index].numpy())
    value = np.arange(theirs[index].numel(), dtype=np.float64).reshape(theirs[index].shape) + 100
    base[index] = torch.tensor(value)
    theirs[index] = peer.tensor(value)
    np.testing.assert_array_equal(base.numpy(), theirs.numpy())


def test_gradients_flow_through_reading_and_writing():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    (x[[0, 0, 3]] * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [11, 0, 0, 100]
    x.grad = None
    y = x * 1
    y[1:3] = x[0] * 5
    y[torch.tensor([False, False, False, True])] = 9.0
    y.sum().backward()
    assert x.grad.tolist() == [11, 0, 0, 0]


def test_writing_values_of_every_kind():
    x = torch.zeros(2, 3)
    x[0] = [1, 2, 3]
    x[1] = np.array([4, 5, 6], np.int16)
    x[:, 0] = torch.tensor([7, 8], dtype="int64")
    x[1, 1] = torch.tensor(9.5)
    assert x.tolist() == [[7, 2, 3], [8, 9.5, 6]]
    x[...] = -1
    assert x.tolist() == [[-1] * 3] * 2
    x[x < 0] = 2
    assert x.sum().item() == 12
    version = x._version
    x[0, 0] = 1
    assert x._version > version


def test_gather_and_its_family():
    x, a = numbered((3, 4))
    index = torch.tensor([[0, 3], [1, 1], [2, 0]])
    np.testing.assert_array_equal(x.gather(1, index).numpy(), np.take_along_axis(a, index.numpy(), 1))
    np.testing.assert_array_equal(x.index_select(1, [3, 0]).numpy(), a[:, [3, 0]])
    np.testing.assert_array_equal(x.take([[5, 0]]).numpy(), [[5, 0]])
    np.testing.assert_array_equal(x.masked_select(x > 8).numpy(), [9, 10, 11])
    np.testing.assert_array_equal(x.nonzero()[:2].numpy(), [[0, 1], [0, 2]])
    np.testing.assert_array_equal(x.scatter(1, index, -1).numpy()[0], [-1, 1, 2, -1])
    np.testing.assert_array_equal(x.scatter_add(1, index, torch.ones(3, 2).double()).numpy()[1], [4, 7, 6, 7])
    np.testing.assert_array_equal(x.numpy(), a)
    x.scatter_(1, index, torch.full((3, 2), -2.0, dtype="float64"))
    np.testing.assert_array_equal(x.numpy()[:, 0], [-2, 4, -2])
    x.masked_fill_(x < 0, torch.tensor(0.0)).index_fill_(0, [2], 1)
    np.testing.assert_array_equal(x.numpy(), [[0, 1, 2, 0], [4, 0, 6, 7], [1, 1, 1, 1]])
    x.index_copy_(0, [0], torch.zeros(1, 4, dtype="float64")).index_add_(0, [1, 1], torch.ones(2, 4, dtype="float64"))
    np.testing.assert_array_equal(x.numpy(), [[0] * 4, [6, 2, 8, 9], [1] * 4])
    assert 9 in x
    assert 3.5 not in x


@pytest.mark.parametrize(
    ("index", "error", "says"),
    [
        (3, DimensionError, "3 is outside of dimension 0, which has size 2"),
        ((0, 0, 0), DimensionError, "3 parts for a tensor of 2 dimensions"),
        ((..., 0, ...), DimensionError, "more than one Ellipsis"),
        (slice(None, None, -1), ShapeError, r"at least 1, got -1; use flip\(\)"),
        ([0, 2], DimensionError, r"0\.\.2 is outside of dimension 0, which has size 2"),
        ([0.5], DTypeError, "integers or booleans"),
        ("name", DTypeError, "integers or booleans, got 'name'"),
        (np.array([True]), ShapeError, r"a mask of shape \(1,\) does not fit"),
    ],
)
def test_errors_name_what_is_wrong(index, error, says):
    x = torch.zeros(2, 3)
    with pytest.raises(error, match=says):
        x[index]
    with pytest.raises(error, match=says):
        x[index] = 1


def test_indices_outside_of_the_dimension():
    x = torch.zeros(2, 3)
    for call in (
        lambda: x.index_select(1, [0, 3]),
        lambda: x.gather(-1, [[3, 0], [0, 0]]),
        lambda: x.scatter_(1, [[3]], 1.0),
        lambda: x.index_fill_(1, [3], 0),
    ):
        with pytest.raises(DimensionError, match="index: 3 is outside of dimension 1, which has size 3"):
            call()
    with pytest.raises(DimensionError, match="index: -1 is outside"):
        x.index_select(0, [-1])
    with pytest.raises(DTypeError, match="needs integers, got float64"):
        x.index_select(0, [0.5])
    with pytest.raises(DTypeError, match="mask: needs booleans"):
        x.masked_fill(x, 0)
    with pytest.raises(ShapeError, match="value: needs a number"):
        x.masked_fill(x > 0, torch.zeros(2))
