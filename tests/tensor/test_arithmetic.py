"""Pointwise operations, reductions and products: values, types and broadcasting as the peer has them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import pytorch_from_lua as torch
from pytorch_from_lua.errors import AutogradError, DimensionError, RangeError, ShapeError
from pytorch_from_lua.tensor.functions import METHODS
from pytorch_from_lua.tensor.pointwise import Pointwise

UNARY = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "exp", "exp2", "expm1",
    "floor", "frac", "log", "log10", "log1p", "log2", "logical_not", "neg", "reciprocal", "relu", "round", "rsqrt",
    "sigmoid", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc", "isfinite", "isinf", "isnan",
]  # fmt: skip
BINARY = [
    "atan2", "div", "eq", "floor_divide", "fmod", "ge", "gt", "hypot", "le", "lt", "maximum", "minimum", "mul",
    "ne", "pow", "remainder", "add", "sub", "logical_and", "logical_or", "logical_xor",
]  # fmt: skip
BITS = ["bitwise_and", "bitwise_or", "bitwise_xor"]
DTYPES = ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bool"]


def peer_of(array):
    peer = pytest.importorskip("torch")
    return peer.from_numpy(np.array(array))


def agree(ours, theirs, **tolerance):
    assert ours.dtype.name == str(theirs.dtype).removeprefix("torch.")
    assert ours.shape == tuple(theirs.shape)
    loose = {"float16": 2e-3, "float32": 2e-6}.get(ours.dtype.name, 1e-13)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=loose, atol=loose)


def compared(calls):
    """Compares each (label, ours, theirs) with what the peer gives, where it has the operation; at least once."""
    count = 0
    for label, ours, theirs in calls:
        try:
            expected = theirs()
        except (RuntimeError, TypeError):
            continue  # the peer has no such operation of these types
        count += 1
        try:
            found = ours()
            if isinstance(found, tuple):
                agree(found.values, expected.values)
                agree(found.indices, expected.indices)
            else:
                agree(found, expected)
        except Exception as error:
            error.add_note(label) if hasattr(error, "add_note") else None
            raise
    assert count > 0


@pytest.mark.peer
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_tensor(name):
    values = np.linspace(1, 3, 12) if name == "acosh" else np.linspace(-0.9, 0.9, 12)
    samples = [values.astype("float32"), values, np.array([0, 1, 1, 0]), np.array([False, True])]
    if name == "square":
        samples.pop()  # numpy's square of booleans is int8
    compared(
        (str(a.dtype), lambda a=a: getattr(torch.tensor(a), name)(), lambda a=a: getattr(peer_of(a), name)())
        for a in samples
    )
    x = torch.tensor(samples[1])
    np.testing.assert_array_equal(getattr(torch, name)(x).numpy(), getattr(x, name)().numpy())
    np.testing.assert_array_equal(x.numpy(), samples[1])


@pytest.mark.parametrize("name", [name for name in UNARY if hasattr(Pointwise, name + "_") and name != "logical_not"])
def test_functions_in_place(name):
    x = torch.tensor(np.linspace(1, 2, 12) if name == "acosh" else np.linspace(-0.9, 0.9, 12))
    expected, version = getattr(x, name)(), x._version
    assert x._version == version
    assert getattr(x, name + "_")() is x
    np.testing.assert_array_equal(x.numpy(), expected.numpy())
    assert x._version > version


@pytest.mark.peer
@pytest.mark.parametrize("name", BINARY + BITS)
def test_functions_of_two_tensors(name):
    a, b = np.array([[1, 2, 5], [7, 3, 1]]), np.array([2, 1, 3])
    compared(
        (
            f"{p}, {q}",
            lambda p=p, q=q: getattr(torch.tensor(a.astype(p)), name)(torch.tensor(b.astype(q))),
            lambda p=p, q=q: getattr(peer_of(a.astype(p)), name)(peer_of(b.astype(q))),
        )
        for p in DTYPES
        for q in DTYPES
    )


NUMBERS = [2, -3, 1.5, True]
SYMBOLS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
}


@pytest.mark.peer
@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("reflected", [False, True], ids=["tensor first", "number first"])
def test_operators_with_numbers(symbol, reflected):
    function = SYMBOLS[symbol]
    values = np.array([1, 2, 5, 4])

    def run(x, number):
        return function(number, x) if reflected else function(x, number)

    compared(
        (
            f"{dtype}, {number}",
            lambda d=dtype, n=number: run(torch.tensor(values.astype(d)), n),
            lambda d=dtype, n=number: run(peer_of(values.astype(d)), n),
        )
        for dtype in ["int32", "uint8", "float32", "float64", "bool"]
        for number in NUMBERS
        if (dtype != "uint8" or number != -3) and (dtype != "bool" or symbol != "**")
    )


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0))
def test_broadcasting(shapes):
    (left, right), result = shapes.input_shapes, shapes.result_shape
    a = np.arange(np.prod(left), dtype=np.float64).reshape(left)
    b = np.arange(np.prod(right), dtype=np.float64).reshape(right) + 1
    x, y = torch.tensor(a), torch.tensor(b)
    assert (x + y).shape == result
    np.testing.assert_array_equal((x * y).numpy(), a * b)
    np.testing.assert_array_equal((x - y).numpy(), a - b)
    if left == result:
        x += y
        np.testing.assert_array_equal(x.numpy(), a + b)


def test_shapes_that_do_not_broadcast():
    with pytest.raises(ShapeError, match=r"add: shapes \(2,\), \(3,\)"):
        torch.zeros(2) + torch.zeros(3)


def test_other_types_are_left_to_python():
    with pytest.raises(TypeError):
        torch.zeros(2) + "text"
    with pytest.raises(TypeError):
        torch.zeros(2) @ 3
    assert (torch.zeros(2) == None) is False  # noqa: E711
    assert torch.zeros(2) != "text"
    x = torch.zeros(2)
    assert {x: 1}[x] == 1


def test_operators_in_place():
    x = torch.tensor([4.0, 9.0])
    y = x
    x += 1
    x -= torch.tensor([1.0, 1.0])
    x *= 2
    x /= 4
    x **= 2
    assert y is x
    assert y.tolist() == [4, 20.25]
    z = torch.tensor([7, 8])
    z //= 2
    z &= 5
    z |= 2
    z ^= 1
    z <<= 1
    assert z.tolist() == [4, 14]
    with pytest.raises(AutogradError, match="leaf"):
        torch.zeros(2, requires_grad=True).add_(1)


def test_forms_with_factors():
    x, y, z = (torch.tensor([float(n), 2.0]) for n in (1, 3, 5))
    assert x.add(y, alpha=2).tolist() == [7, 6]
    assert x.sub(y, alpha=2).tolist() == [-5, -2]
    assert x.addcmul(y, z, value=2).tolist() == [31, 10]
    assert x.addcdiv(z, y, value=3).tolist() == [6, 5]
    assert x.lerp(y, 0.5).tolist() == [2, 2]
    assert x.clone().add_(y, alpha=2).sub_(z, alpha=1).tolist() == [2, 4]
    assert x.clone().addcmul_(y, z).addcdiv_(y, y).lerp_(x, 1.0).tolist() == [1, 2]
    assert torch.tensor([-2.0, 0.5, 9.0]).clamp(-1, 1).tolist() == [-1, 0.5, 1]
    assert torch.tensor([-2.0, 9.0]).clamp_(min=0).tolist() == [0, 9]
    assert x.where(torch.tensor([True, False]), z).tolist() == [1, 2]
    assert torch.where(x > 1, x, 0.0).tolist() == [0, 2]
    assert (+x).tolist() == x.tolist()
    assert (-x).tolist() == [-1, -2]
    assert abs(torch.tensor([-1, 2])).tolist() == [1, 2]
    assert (~torch.tensor([True, False])).tolist() == [False, True]


REDUCTIONS = ["sum", "mean", "prod", "amax", "amin", "max", "min", "argmax", "argmin", "all", "any", "std", "var"]


@pytest.mark.peer
@pytest.mark.parametrize(
    ("name", "dim"),
    [
        (name, dim)
        for name in REDUCTIONS
        for dim in (None, 0, -1, (0, 2))
        if not isinstance(dim, tuple) or name not in ("max", "min", "argmax", "argmin", "prod")
    ],
    ids=str,
)
def test_reductions(name, dim):
    values = np.random.default_rng(0).permutation(24).reshape(2, 3, 4)
    compared(
        (
            f"{dtype}, {args}",
            lambda d=dtype, a=args: getattr(torch.tensor(values.astype(d)), name)(**a),
            lambda d=dtype, a=args: getattr(peer_of(values.astype(d)), name)(**a),
        )
        for dtype in ["float64", "float32", "int32", "bool"]
        for args in ([{}] if dim is None else [{"dim": dim}, {"dim": dim, "keepdim": True}])
    )


@pytest.mark.peer
@pytest.mark.parametrize("p", [1, 2, 3, float("inf"), 0])
@pytest.mark.parametrize("dim", [None, 1, (0, 1)], ids=str)
def test_norms(p, dim):
    values = np.random.default_rng(0).normal(size=(3, 4))
    agree(torch.tensor(values).norm(p, dim), peer_of(values).norm(p, dim))


@pytest.mark.peer
def test_orders_and_running_sums():
    values = np.random.default_rng(0).permutation(24).reshape(4, 6).astype(np.float64)
    x, y = torch.tensor(values), peer_of(values)
    for name, args in [
        ("sort", (1, True)),
        ("sort", (0,)),
        ("topk", (3, 0)),
        ("topk", (2, 1, False)),
        ("kthvalue", (2, 1)),
        ("median", (1,)),
        ("mode", (0,)),
    ]:
        found, expected = getattr(x, name)(*args), getattr(y, name)(*args)
        agree(found.values, expected.values)
        agree(found.indices, expected.indices)
    for args in [(0, False), (1, True, True), (False,)]:
        agree(x.var(*args), y.var(*args))
        agree(x.std(*args), y.std(*args))
    agree(x.var(1, correction=2), y.var(1, correction=2))
    agree(x.median(), y.median())
    agree(x.argsort(1), y.argsort(1))
    agree(x.cumsum(0), y.cumsum(0))
    agree(x.cumprod(1), y.cumprod(1))
    agree(x.logsumexp(1), y.logsumexp(1))
    agree(x.count_nonzero(1), y.count_nonzero(1))
    agree(x.max(x.flip(0)), y.max(y.flip(0)))
    agree(x.sum(0, dtype="float32"), y.sum(0, dtype=y.float().dtype))
    assert x.clone().cumsum_(0).tolist() == x.cumsum(0).tolist()


@pytest.mark.peer
def test_products():
    rng = np.random.default_rng(0)
    m, n, v, w, b, c = (rng.normal(size=s) for s in [(3, 4), (4, 5), (4,), (5,), (2, 3, 4), (2, 4, 5)])
    ours, theirs = ([f(a) for a in (m, n, v, w, b, c)] for f in (torch.tensor, peer_of))
    calls = [
        lambda m, n, v, w, b, c: m @ n,
        lambda m, n, v, w, b, c: m.mm(n),
        lambda m, n, v, w, b, c: m.mv(v),
        lambda m, n, v, w, b, c: v.dot(v),
        lambda m, n, v, w, b, c: v.outer(w),
        lambda m, n, v, w, b, c: b.bmm(c),
        lambda m, n, v, w, b, c: b @ n,
        lambda m, n, v, w, b, c: v @ c,
        lambda m, n, v, w, b, c: m.addmm(m, n[:, :4], beta=2, alpha=3),
        lambda m, n, v, w, b, c: w.addmv(n.t(), v, alpha=0.5),
        lambda m, n, v, w, b, c: n.addr(v, w, beta=0.5),
        lambda m, n, v, w, b, c: n[:3].addbmm(b, c),
        lambda m, n, v, w, b, c: c[:, :3].baddbmm(b, c, alpha=2),
        lambda m, n, v, w, b, c: m.tril(1),
        lambda m, n, v, w, b, c: m.triu(-1),
        lambda m, n, v, w, b, c: n.clone().addmm_(n[:, :4], n, alpha=2),
    ]
    for call in calls:
        agree(call(*ours), call(*theirs))


def test_joining():
    a, b = torch.ones(2, 1), torch.zeros(2, 2)
    assert torch.cat([a, b], 1).tolist() == [[1, 0, 0]] * 2
    assert torch.stack([a, a], -1).shape == (2, 1, 2)
    x, y = torch.broadcast_tensors(a, torch.zeros(3, 1, 4))
    assert x.shape == y.shape == (3, 2, 4)
    assert torch.equal(a, a.clone())
    assert not torch.equal(a, b)
    assert torch.allclose(a, a + 1e-9)
    assert not torch.allclose(a, a + 1)
    assert [t.tolist() for t in torch.where(torch.tensor([[True, False], [False, True]]))] == [[0, 1], [0, 1]]
    assert torch.is_tensor(a)
    with pytest.raises(ShapeError, match="at least one"):
        torch.cat([])
    with pytest.raises(ShapeError, match=r"one shape, got \(2, 1\), \(2, 2\)"):
        torch.stack([a, b])


def test_gradients_of_what_is_joined_and_split():
    x, y = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    first, second = torch.cat([x * 2, y]).split([1, 4])
    (first.sum() + 10 * second.sum()).backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([2, 20], [10, 10, 10])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: x.sum(2), DimensionError),
        (lambda x: x.max(-3), DimensionError),
        (lambda x: x.topk(4), ShapeError),
        (lambda x: x.norm("max"), RangeError),
        (lambda x: x @ x, ShapeError),
        (lambda x: x.dot(x), ShapeError),
        (lambda x: torch.cat([x, x[:, :1]]), ShapeError),
    ],
)
def test_errors(call, error):
    with pytest.raises(error):
        call(torch.zeros(2, 3))


def test_every_function_is_there_with_a_docstring():
    for name in METHODS:
        assert getattr(torch, name).__doc__
    assert set(torch.__all__) <= set(dir(torch))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        torch.nothing  # noqa: B018
