"""Views share memory with what they view, and hold what numpy's operations hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pytorch_from_lua as torch
from pytorch_from_lua.errors import AutogradError, DimensionError, ShapeError, StorageError

SHAPES = st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple)


def numbered(shape):
    """A tensor and an array with the same numbers, each in memory of its own."""
    array = np.arange(int(np.prod(shape)), dtype=np.float64).reshape(shape)
    return torch.tensor(array), array


def check_alias(base, view, array_view, array):
    """The view holds the same numbers as numpy's, and what is written to it is seen in the base."""
    np.testing.assert_array_equal(view.numpy(), array_view)
    view.mul_(2).add_(1)
    array_view *= 2
    array_view += 1
    np.testing.assert_array_equal(base.numpy(), array)


@st.composite
def view_of(draw):
    """A shape and a view: its name, arguments, and numpy's form of it."""
    shape = draw(SHAPES)
    n = len(shape)
    dim = draw(st.integers(0, n - 1))
    size = shape[dim]
    kind = draw(st.sampled_from(["select", "narrow", "transpose", "permute", "unsqueeze", "squeeze", "view", "unfold"]))
    if kind == "select":
        if size == 0:
            return shape, "unsqueeze", (dim,), lambda a: np.expand_dims(a, dim)
        at = draw(st.integers(-size, size - 1))
        return shape, "select", (dim, at), lambda a: a[(slice(None),) * dim + (at, ...)]
    if kind == "narrow":
        start = draw(st.integers(0, size))
        length = draw(st.integers(0, size - start))
        return shape, kind, (dim, start, length), lambda a: a[(slice(None),) * dim + (slice(start, start + length),)]
    if kind == "transpose":
        other = draw(st.integers(-n, n - 1))
        return shape, kind, (dim, other), lambda a: a.swapaxes(dim, other)
    if kind == "permute":
        order = draw(st.permutations(range(n)))
        return shape, kind, tuple(order), lambda a: a.transpose(order)
    if kind == "unsqueeze":
        return shape, kind, (dim - n - 1,), lambda a: np.expand_dims(a, dim - n - 1)
    if kind == "squeeze":
        return shape, kind, (), lambda a: a.squeeze()
    if kind == "view":
        return shape, kind, (-1 if np.prod(shape) else 0,), lambda a: a.reshape(-1)
    window = draw(st.integers(1, max(size, 1)))
    if size == 0:
        return shape, "squeeze", (), lambda a: a.squeeze()
    step = draw(st.integers(window, window + 2))  # windows that overlap would be written twice
    return shape, "unfold", (dim, window, step), lambda a: windows_apart(a, dim, window, step)


def windows_apart(a, dim, window, step):
    found = np.lib.stride_tricks.sliding_window_view(a, window, dim, writeable=True)
    return found[(slice(None),) * dim + (slice(None, None, step),)]


@given(view_of())
def test_views_alias_their_base(case):
    shape, name, args, in_numpy = case
    base, array = numbered(shape)
    view = getattr(base, name)(*args)
    assert view.storage() is base.storage()
    check_alias(base, view, in_numpy(array), array)


@given(SHAPES, st.data())
def test_reshape_of_a_transpose(shape, data):
    base, array = numbered(shape)
    order = data.draw(st.permutations(range(len(shape))))
    turned = base.permute(order)
    target = data.draw(st.permutations(turned.shape))
    expected = array.transpose(order).reshape(target)
    np.testing.assert_array_equal(turned.reshape(target).numpy(), expected)
    try:
        view = turned.view(target)
    except ShapeError:
        assert not turned.is_contiguous()
    else:
        assert view.storage() is base.storage()
        np.testing.assert_array_equal(view.numpy(), expected)


def test_expand_repeats_without_copies():
    x = torch.tensor([[1.0], [2.0]])
    y = x.expand(3, -1, 4)
    assert (y.shape, y.stride(), y.storage() is x.storage()) == ((3, 2, 4), (0, 1, 0), True)
    np.testing.assert_array_equal(y.numpy(), np.broadcast_to([[1.0], [2.0]], (3, 2, 4)))
    with pytest.raises(ShapeError, match=r"\(2, 1\) cannot be expanded to \(3, 1\)"):
        x.expand(3, 1)


def test_names_that_are_made_of_views():
    x, a = numbered((2, 3, 4))
    np.testing.assert_array_equal(x.flatten(1).numpy(), a.reshape(2, 12))
    np.testing.assert_array_equal(x.flatten(0, 1).numpy(), a.reshape(6, 4))
    np.testing.assert_array_equal(x.unflatten(2, (2, -1)).numpy(), a.reshape(2, 3, 2, 2))
    np.testing.assert_array_equal(x.movedim(0, 2).numpy(), np.moveaxis(a, 0, 2))
    np.testing.assert_array_equal(x.T.numpy(), a.T)
    np.testing.assert_array_equal(x.mT.numpy(), a.swapaxes(-1, -2))
    np.testing.assert_array_equal(x.diagonal(1, 1, 2).numpy(), np.diagonal(a, 1, 1, 2))
    np.testing.assert_array_equal(x.diagonal(-1, 2, 0).numpy(), np.diagonal(a, -1, 2, 0))
    np.testing.assert_array_equal(x.as_strided((2, 2), (1, 5), 3).numpy(), [[3, 8], [4, 9]])
    np.testing.assert_array_equal(x.repeat(2, 1, 1, 2).numpy(), np.tile(a, (2, 1, 1, 2)))
    np.testing.assert_array_equal(x.flip(0, -1).numpy(), np.flip(a, (0, -1)))
    np.testing.assert_array_equal(x.roll(1, 2).numpy(), np.roll(a, 1, 2))
    np.testing.assert_array_equal(x.view_as(torch.zeros(6, 4)).numpy(), a.reshape(6, 4))
    np.testing.assert_array_equal(torch.tensor([1, 2]).diag(1).numpy(), np.diag([1, 2], 1))
    np.testing.assert_array_equal(x[0].diag(-1).numpy(), np.diag(a[0], -1))
    assert [t.tolist() for t in torch.arange(5).split(2)] == [[0, 1], [2, 3], [4]]
    assert [t.tolist() for t in torch.arange(5).split([1, 4])] == [[0], [1, 2, 3, 4]]
    assert [t.tolist() for t in torch.arange(5).chunk(2)] == [[0, 1, 2], [3, 4]]
    assert [t.tolist() for t in x[0].unbind(1)] == a[0].T.tolist()
    assert [row.tolist() for row in x[1]] == a[1].tolist()
    assert x.contiguous() is x
    assert x.transpose(0, 1).contiguous().is_contiguous()


def test_in_place_changes_of_shape():
    x = torch.zeros(2, 3)
    assert x.unsqueeze_(0).shape == (1, 2, 3)
    assert x.squeeze_().shape == (2, 3)


def test_a_computed_tensor_keeps_its_shape():
    x = torch.ones(2, requires_grad=True) * 2
    for change in (lambda: x.resize_(3), lambda: x.set_(torch.zeros(3))):
        with pytest.raises(AutogradError, match=r"use detach\(\)"):
            change()
    assert x.detach().unsqueeze_(0).shape == (1, 2)


def test_a_computed_tensor_seen_otherwise_keeps_its_history():
    leaf = torch.arange(6.0).view(2, 3).requires_grad_()
    x = leaf * 2
    row = x[1]
    assert x.t_().unsqueeze_(0).shape == (1, 3, 2)
    (x[0, 0] * torch.tensor([1.0, 10.0])).sum().backward(retain_graph=True)
    assert leaf.grad.tolist() == [[2, 0, 0], [20, 0, 0]]
    row.sum().backward()  # a view taken before
    assert leaf.grad.tolist() == [[2, 0, 0], [22, 2, 2]]
    with pytest.raises(AutogradError, match="a leaf that requires a gradient"):
        leaf.squeeze_()
    with torch.no_grad():
        assert leaf.unsqueeze_(0).shape == (1, 2, 3)


def test_resize_keeps_places_and_grows_the_storage():
    x = torch.arange(6)
    y = x[2:4]
    y.resize_(3)
    assert y.tolist() == [2, 3, 4]
    y.resize_(2, 4)
    assert len(x.storage()) == 10
    assert (y.numpy().ravel()[:4].tolist(), x.tolist()) == ([2, 3, 4, 5], [0, 1, 2, 3, 4, 5])
    y[0, 0] = 9
    assert x.tolist() == [0, 1, 9, 3, 4, 5]
    assert x.resize_([2, 2]).tolist() == [[0, 1], [9, 3]]


def test_set_takes_the_memory_of_another():
    x, y = torch.zeros(2), torch.arange(6, dtype="float64")
    x.set_(y)
    assert (x.dtype, x.storage() is y.storage()) == (torch.float64, True)
    x.set_(y.storage(), 1, (2, 2), (1, 2))
    assert x.tolist() == [[1, 3], [2, 4]]
    with pytest.raises(StorageError, match="needs 7 elements, the storage has 6"):
        x.set_(y.storage(), 2, (5,))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda x: x.view(4), ShapeError, r"\(4,\) does not hold 6 elements"),
        (lambda x: x.t().view(6), ShapeError, r"strides \(1, 3\); reshape\(\) copies"),
        (lambda x: x.view(-1, -1), ShapeError, "one -1"),
        (lambda x: x.view(2.5), ShapeError, "whole numbers, got"),
        (lambda x: x.select(2, 0), DimensionError, "2 is outside of a tensor of 2 dimensions"),
        (lambda x: x.select(0, 2), DimensionError, "2 is outside of dimension 0, which has size 2"),
        (lambda x: x.narrow(1, 2, 2), DimensionError, "2, 2 do not lie in dimension 1, which has size 3"),
        (lambda x: x.unfold(1, 4, 1), ShapeError, "a window of 4 does not fit dimension 1"),
        (lambda x: x.permute(0, 0), DimensionError, "does not name each of 2 dimensions once"),
        (lambda x: x.split([1, 2]), ShapeError, "does not sum to 2"),
        (lambda x: x.split(0), ShapeError, "at least 1, got 0"),
        (lambda x: x.chunk(0), ShapeError, "at least 1, got 0"),
        (lambda x: x.expand(3), ShapeError, "fewer dimensions"),
        (lambda x: x.repeat(2), ShapeError, r"at least 2 numbers .* got \(2,\)"),
        (lambda x: x.unsqueeze(0).t(), DimensionError, "at most 2 dimensions"),
        (lambda x: x.diagonal(0, 1, 1), DimensionError, "need two dimensions"),
        (lambda x: x.flatten(1, 0), DimensionError, "1 comes after 0"),
        (lambda x: x.resize_(-1), ShapeError, "must not be negative"),
        (lambda x: x.as_strided((7,), (1,)), StorageError, "needs 7 elements"),
    ],
)
def test_errors_name_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call(torch.zeros(2, 3))
