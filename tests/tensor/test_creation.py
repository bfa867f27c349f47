"""Making tensors: values, types, and which of them share memory."""

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua.errors import DTypeError, ShapeError, TensorError
from pytorch_from_lua.tensor import dtype as types
from pytorch_from_lua.tensor.generator import Generator, default_generator


def test_types_of_data():
    cases = [
        (1, "int64"),
        (1.5, "float32"),
        (True, "bool"),
        ([1, 2.5], "float32"),
        ([True, False], "bool"),
        (np.float64(1), "float64"),
        (np.zeros(2, np.int8), "int8"),
        (torch.zeros(1, dtype="float64"), "float64"),
        ([torch.tensor(1.5), 2.0], "float32"),
        ([np.float64(1.5)], "float32"),
        ([], "float32"),
        (range(3), "int64"),
    ]
    assert [torch.tensor(data).dtype.name for data, _ in cases] == [name for _, name in cases]
    assert torch.tensor([1, 2], dtype=torch.half).dtype is torch.float16
    assert torch.tensor([[torch.tensor(1.0), 2.0]]).tolist() == [[1, 2]]


def test_the_default_type_can_be_chosen():
    assert torch.get_default_dtype() is torch.float32
    try:
        torch.set_default_dtype(torch.float64)
        assert [t.dtype for t in (torch.tensor(1.5), torch.zeros(1), torch.rand(1))] == [torch.float64] * 3
        assert repr(torch.zeros(1)) == "tensor([0.])"
    finally:
        torch.set_default_dtype("float32")
    with pytest.raises(DTypeError, match=r"floating-point type, got pytorch_from_lua\.int64"):
        torch.set_default_dtype("int64")


def test_copies_and_shares():
    x = torch.zeros(3)
    assert torch.tensor(x).storage() is not x.storage()
    assert torch.as_tensor(x) is x
    assert torch.as_tensor(x, "float64").dtype is torch.float64
    a = np.zeros(3)
    assert np.shares_memory(torch.asarray(a).numpy(), a)
    assert torch.as_tensor([1, 2]).tolist() == [1, 2]


def test_shapes_and_values():
    assert torch.zeros(2, 0).shape == torch.empty((2, 0)).shape == (2, 0)
    assert torch.zeros([2, 3]).tolist() == [[0] * 3] * 2
    assert torch.ones(()).tolist() == 1
    assert torch.ones(2, dtype=bool).tolist() == [True, True]
    assert (torch.full((2,), 7).dtype, torch.full((2,), 7).tolist()) == (torch.int64, [7, 7])
    assert torch.full(2, 1.5).tolist() == [1.5, 1.5]
    assert torch.full((1,), True).dtype is torch.bool
    assert torch.eye(2, 3).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert torch.arange(3).tolist() == [0, 1, 2]
    assert torch.arange(1, 2, 0.25).tolist() == [1, 1.25, 1.5, 1.75]
    assert torch.arange(3, 0, -2).tolist() == [3, 1]
    assert torch.linspace(0, 1, 5).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert torch.logspace(0, 2, 3).tolist() == [1, 10, 100]
    assert torch.zeros(1, requires_grad=True).requires_grad


def test_like_another():
    x = torch.zeros(2, 3, dtype="float64")
    for y in (torch.zeros_like(x), torch.ones_like(x), torch.full_like(x, 2), torch.empty_like(x)):
        assert (y.shape, y.dtype) == ((2, 3), torch.float64)
    assert torch.rand_like(x).dtype is torch.randn_like(x).dtype is torch.float64
    assert torch.zeros_like(x, dtype="int8").dtype is torch.int8
    made = [x.new_zeros(2), x.new_ones((2,)), x.new_full((2,), 3), x.new_tensor([1, 2]), x.new_empty(2)]
    assert {t.dtype for t in made} == {torch.float64}
    assert [t.tolist() for t in made[:4]] == [[0, 0], [1, 1], [3, 3], [1, 2]]


def test_the_class_called():
    assert torch.Tensor(2, 3).shape == (2, 3)
    assert (torch.Tensor().shape, torch.Tensor(4).shape, torch.Tensor([[1, 2]]).tolist()) == ((0,), (4,), [[1, 2]])
    x = torch.Tensor([1, 2])
    assert x.dtype is torch.float32
    x += 1
    assert (x.tolist(), x.grad, x.is_leaf) == ([2, 3], None, True)

    class Mine(torch.Tensor):
        __slots__ = ()

    assert isinstance(Mine([1]) * 2, torch.Tensor)


def test_random_numbers_come_from_the_default_stream():
    torch.manual_seed(5)
    g = Generator(5)
    np.testing.assert_array_equal(torch.rand(2, 3, dtype="float64").numpy(), g.uniform(shape=(2, 3)))
    np.testing.assert_array_equal(torch.randn(3).numpy(), g.normal(shape=(3,)).astype(np.float32))
    np.testing.assert_array_equal(torch.randint(3, 9, (4,)).numpy(), g.random(3, 9, (4,)))
    np.testing.assert_array_equal(torch.randint(9, (4,)).numpy(), g.random(0, 9, (4,)))
    np.testing.assert_array_equal(torch.randperm(9).numpy(), g.randperm(9))
    state = torch.get_rng_state()
    first = torch.normal(torch.zeros(3), 2.0)
    torch.set_rng_state(state)
    assert torch.normal(torch.zeros(3), 2.0).tolist() == first.tolist()
    assert torch.normal(0.0, 1.0, (2, 2)).shape == (2, 2)
    assert torch.bernoulli(torch.tensor([0.0, 1.0])).tolist()[1] == 1
    assert torch.multinomial(torch.tensor([0.0, 1.0]), 3, replacement=True).tolist() == [1, 1, 1]
    assert torch.initial_seed() == 5
    assert torch.seed() == default_generator.initial_seed()
    mine = Generator(1)
    assert torch.rand(1, generator=mine).tolist() != torch.rand(1, generator=mine).tolist()


def test_filling_in_place():
    g, h = Generator(3), Generator(3)
    x = torch.empty(3, 4)
    view = x.t()
    assert view.normal_(2, 3, generator=g) is view
    np.testing.assert_array_equal(view.numpy(), h.normal(2, 3, (4, 3)).astype(np.float32))
    for name, args in [
        ("uniform", (-1, 1)),
        ("exponential", (2,)),
        ("cauchy", (0, 1)),
        ("log_normal", (1, 0.5)),
        ("geometric", (0.3,)),
        ("bernoulli", (0.3,)),
    ]:
        getattr(x, name + "_")(*args, generator=g)
        np.testing.assert_array_equal(x.numpy(), getattr(h, name)(*args, (3, 4)).astype(np.float32))
    b = torch.empty(5, dtype="uint8")
    np.testing.assert_array_equal(b.random_(generator=g).numpy(), h.random_of(types.uint8, (5,)))
    np.testing.assert_array_equal(b.random_(4, generator=g).numpy(), h.random(0, 4, (5,)))
    np.testing.assert_array_equal(b.random_(4, 9, generator=g).numpy(), h.random(4, 9, (5,)))
    assert torch.empty(2).bernoulli_(torch.tensor([0.0, 1.0])).tolist()[1] == 1
    assert x.fill_(2).sum().item() == 24
    assert x.fill_(torch.tensor(3)).sum().item() == 36
    assert x.zero_().sum().item() == 0
    assert x.copy_(torch.arange(4)).tolist() == [[0, 1, 2, 3]] * 3
    assert x.copy_([[1], [2], [3]])[:, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: torch.tensor([[1], [2, 3]]), ShapeError, "lists of unequal lengths"),
        (lambda: torch.tensor("text"), DTypeError, "needs numbers"),
        (lambda: torch.tensor([1], dtype="complex64"), DTypeError, "'complex64'; allowed are uint8, int8"),
        (lambda: torch.zeros(-1), ShapeError, "must not be negative"),
        (lambda: torch.eye(2, -1), ShapeError, "m: must not be negative, got -1"),
        (lambda: torch.linspace(0, 1, -1), ShapeError, "steps: must not be negative"),
        (lambda: torch.zeros(1.5), ShapeError, "whole numbers"),
        (lambda: torch.arange(3, 0), ShapeError, "1 does not lead from 3 to 0"),
        (lambda: torch.randint(3), TensorError, "size: needs a shape"),
        (lambda: torch.randint(3, 3, (1,)), TensorError, "larger than low = 3"),
        (lambda: torch.normal(0.0, -torch.ones(1)), TensorError, "must not be negative"),
        (lambda: torch.zeros(2, dtype="int64", requires_grad=True), DTypeError, "int64"),
    ],
)
def test_errors_name_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_the_package_of_tensors_is_also_the_function():
    import pytorch_from_lua.tensor.storage as module

    assert module.Storage is torch.Storage
    assert torch.tensor.storage is module
    assert torch.tensor([1, 2], dtype="int8").tolist() == [1, 2]
