"""Making tensors, element types and ``torch.special`` against the peer, as ``test_peer_pointwise.py`` has it.

Random numbers come from another stream than the peer's, so their shapes, types and errors are compared.
Not here, because it differs: functions take numbers and lists where the peer wants a tensor (``torch.exp(2.0)``),
and ``*_like`` gives row-major tensors whatever the strides of its input.
"""

from __future__ import annotations

import pytest

from tests.tensor.expressions import check, rows

peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
pytestmark = pytest.mark.peer

EXPRESSIONS = """
torch.empty_strided((2, 3), (3, 1)).stride()
torch.empty_strided((2, 3), (1, 2), dtype=dtype).shape
torch.zeros(2, 3, dtype=dtype)
torch.zeros((2, 3))
torch.zeros([2])
torch.zeros(())
torch.zeros(size=(2, 1))
torch.ones(2, dtype=dtype)
torch.ones(size=(2,))
torch.empty(2, 3, dtype=dtype).shape
torch.empty(size=(2,)).shape
torch.full((2, 2), 3)
torch.full((2,), 3.5)
torch.full((2,), True)
torch.full((2,), 3, dtype=dtype)
torch.full(size=(2,), fill_value=1.5)
torch.full((), 2)
torch.full((2,), s.detach())
torch.zeros_like(x)
torch.ones_like(x, dtype=torch.int64)
torch.empty_like(x).shape
torch.full_like(x, 2)
torch.full_like(x, 2.7)
torch.full_like(x, 3, dtype=torch.float64)
torch.zeros_like(x, requires_grad=False)
torch.zeros_like(input=x)
torch.rand_like(x).shape
torch.randn_like(x).shape
torch.rand_like(x, dtype=torch.float64).dtype
torch.randint_like(x, 3).shape
torch.randint_like(x, 1, 3).dtype
torch.randint_like(x, 1, 2)
x.new_zeros(2)
x.new_zeros((2, 3))
x.new_zeros(2, 3)
x.new_ones((2,), dtype=torch.int64)
x.new_full((2,), 3)
x.new_empty((2, 0))
x.new_tensor([1, 2])
x.new_tensor(3)
x.new_empty_strided((2, 2), (1, 2)).stride()
torch.arange(5)
torch.arange(5.)
torch.arange(1, 4)
torch.arange(1, 2.5, 0.5)
torch.arange(0, 1, 0.1)
torch.arange(0, 1, 0.3, dtype=torch.float64)
torch.arange(5, 0, -2)
torch.arange(3, dtype=dtype)
torch.arange(0, 3, 0.5, dtype=torch.int64)
torch.arange(1, 1)
torch.arange(0, 5, 0)
torch.arange(0, 5, -1)
torch.arange(start=0, end=4, step=2)
torch.arange(end=3)
torch.arange(0, 1.0000001, 0.1)
torch.linspace(0, 1, 5)
torch.linspace(0, 1, 5, dtype=dtype)
torch.linspace(0, 10, 4, dtype=torch.int64)
torch.linspace(10, 0, 4, dtype=torch.int32)
torch.linspace(-3, 7, steps=3)
torch.linspace(0, 1, 1)
torch.linspace(0, 1, 0)
torch.linspace(0, 1, -1)
torch.linspace(0, 1, 7, dtype=torch.float64)
torch.linspace(start=0, end=1, steps=3)
torch.logspace(0, 2, 3)
torch.logspace(0, 2, 5, dtype=torch.float64)
torch.logspace(0, 3, 4, base=2)
torch.logspace(0, 3, 4, base=2, dtype=torch.int64)
torch.logspace(start=0, end=1, steps=2, base=10.0)
torch.eye(3)
torch.eye(2, 3, dtype=dtype)
torch.eye(0)
torch.eye(-1)
torch.scalar_tensor(3)
torch.scalar_tensor(3.5, dtype=torch.float64)
torch.scalar_tensor(2, dtype=dtype)
torch.tensor([1, 2])
torch.tensor([1.5, 2])
torch.tensor([True, False])
torch.tensor([True, 2])
torch.tensor([True, 2.5])
torch.tensor(3)
torch.tensor([])
torch.tensor([[1, 2], [3]])
torch.tensor([[1, 2], [3, 4]], dtype=dtype)
torch.tensor([1.7, -1.7], dtype=torch.int64)
torch.tensor([300], dtype=torch.uint8)
torch.tensor([-1], dtype=torch.uint8)
torch.tensor('a')
torch.tensor(None)
torch.tensor([1.0, None])
torch.tensor(x.detach())
torch.as_tensor([1, 2])
torch.as_tensor([1.5], dtype=torch.float64)
torch.as_tensor(x.detach(), dtype=torch.float64)
torch.asarray([1, 2, 3])
torch.asarray([1, 2, 3], dtype=torch.float64)
torch.asarray(x.detach(), copy=True)
torch.asarray(3.5)
torch.rand(2, 3).shape
torch.rand((2, 3), dtype=torch.float64).dtype
torch.rand(size=(2,)).shape
torch.randn(2, 3).shape
torch.randn(2, dtype=dtype).dtype
torch.randint(3, (2, 2)).dtype
torch.randint(2, 5, (2,)).shape
torch.randint(2, 3, (2,))
torch.randint(0, 2, (4,), dtype=dtype).dtype
torch.randint(5, 5, (2,))
torch.randint(low=1, high=2, size=(3,))
torch.randint(high=1, size=(2,))
torch.randperm(4).dtype
torch.randperm(4, dtype=torch.int32).dtype
torch.randperm(1)
torch.randperm(-1)
torch.normal(0.0, 1.0, (2, 3)).shape
torch.normal(x.detach(), 1.0).shape
torch.normal(x.detach(), p.detach()).shape
torch.normal(0.0, p.detach()).dtype
torch.normal(2, 3, size=(1, 4)).shape
torch.normal(0.0, -1.0, (2,))
torch.normal(x.detach(), -1.0)
torch.normal(0.0, 0.0, (2,))
torch.bernoulli(u.detach()).shape
torch.bernoulli(torch.ones(3))
torch.bernoulli(torch.zeros(2, 2))
torch.bernoulli(x.detach())
torch.bernoulli(torch.ones(3), 0.0)
torch.bernoulli(torch.ones(3), p=1.0)
u.detach().bernoulli().shape
torch.poisson(torch.zeros(3))
torch.poisson(p.detach()).shape
torch.poisson(p.detach()).dtype
torch.poisson(x.detach())
torch.multinomial(torch.tensor([0.0, 1.0]), 1)
torch.multinomial(p.detach(), 2).shape
torch.multinomial(p.detach(), 5, replacement=True).shape
torch.multinomial(p.detach(), 5)
torch.multinomial(torch.zeros(3), 1)
torch.multinomial(-torch.ones(3), 1)
torch.multinomial(x.detach(), 0)
p.detach().multinomial(2).dtype
torch.empty(2, dtype=dtype).uniform_().dtype
torch.empty(2, dtype=dtype).normal_().dtype
torch.empty(2, dtype=dtype).exponential_().dtype
torch.empty(2, dtype=dtype).cauchy_().dtype
torch.empty(2, dtype=dtype).log_normal_().dtype
torch.empty(2, dtype=dtype).geometric_(0.5).dtype
torch.empty(2, dtype=dtype).bernoulli_().dtype
torch.empty(2, dtype=dtype).random_().dtype
torch.empty(2, dtype=dtype).random_(5).dtype
torch.empty(2, dtype=dtype).random_(3, 4)
torch.empty(2, dtype=dtype).bernoulli_(1.0)
torch.empty(2, 2).bernoulli_(torch.tensor([0.0, 1.0]))
torch.empty(2).uniform_(2, 1)
torch.empty(2).normal_(0, -1)
torch.empty(2).exponential_(-1)
torch.empty(2).geometric_(1.5)
torch.empty(2).bernoulli_(1.5)
torch.empty(2).random_(5, 3)
torch.empty(2).cauchy_(0, -1)
torch.empty(2).log_normal_(0, -1)
torch.empty(2).normal_(mean=0, std=1).shape
torch.empty(2).uniform_(**{'from': 0, 'to': 1}).shape
torch.empty(2).exponential_(lambd=2.0).shape
torch.empty(2).random_(0, to=1)
x.detach().fill_(3)
x.detach().fill_(2.5)
x.detach().fill_(True)
x.detach().zero_()
x.detach().fill_(torch.tensor(2))
x.detach().fill_(torch.tensor([1, 2]))
torch.manual_seed(3).initial_seed()
torch.Generator().manual_seed(7).initial_seed()
torch.rand(3, generator=torch.Generator().manual_seed(1)).shape
torch.randn(3, generator=torch.Generator().manual_seed(1)).shape
torch.randperm(3, generator=torch.Generator().manual_seed(1)).shape
torch.empty(3).normal_(generator=torch.Generator().manual_seed(1)).shape
torch.Generator().manual_seed(2).get_state().dtype
torch.get_rng_state().dtype
torch.FloatTensor([1, 2])
torch.FloatTensor(2, 3).shape
torch.DoubleTensor([1, 2])
torch.LongTensor([1, 2])
torch.LongTensor([1.5, 2.5])
torch.IntTensor([1])
torch.ShortTensor([1])
torch.CharTensor([1])
torch.ByteTensor([1, 255])
torch.HalfTensor([1])
torch.BoolTensor([True, False])
torch.FloatTensor()
torch.FloatTensor(0)
torch.Tensor([1, 2])
torch.Tensor(2, 3).shape
isinstance(x, torch.FloatTensor)
isinstance(x, torch.LongTensor)
isinstance(x, torch.Tensor)
x.type()
x.type(torch.float64)
x.detach().type('torch.DoubleTensor')
x.detach().type(torch.LongTensor)
k.type(torch.FloatTensor)
x.type_as(d)
x.dtype
torch.get_default_dtype()
torch.is_tensor(x)
torch.is_storage(x)
torch.numel(x)
x.itemsize
x.nbytes
x.element_size()
torch.tensor(2.0, requires_grad=True)
torch.tensor(2, requires_grad=True)
torch.zeros(2, requires_grad=True)
torch.full((2,), 1.0, requires_grad=True)
torch.full((2,), 1, requires_grad=True)
torch.arange(3., requires_grad=True)
torch.zeros(2, device='cpu')
torch.zeros(-1)
torch.zeros(2, dtype=torch.float)
torch.zeros(2.0)
torch.float32.is_floating_point
torch.float
torch.double
torch.half
torch.int
torch.long
torch.short
torch.bool
torch.zeros(3, out=torch.empty(3))
torch.arange(3, out=torch.empty(0))
torch.ones(2, 2, out=torch.empty(0))
torch.rand(2, out=torch.empty(0)).shape
torch.pi
torch.e
torch.inf
torch.nan != torch.nan
torch.newaxis
x.real
torch.real(x)
torch.conj(x)
torch.is_conj(x)
torch.angle(x)
torch.special.erf(x)
torch.special.expit(x)
torch.special.gammaln(p)
torch.special.psi(p)  # ~1e-7
torch.special.logit(u)
torch.special.xlogy(z, p)
torch.special.i0(x)
torch.special.i1(x)
torch.special.logsumexp(x, 1)
torch.special.log1p(p)
torch.special.entr(u)
torch.special.ndtr(x)
torch.special.softmax(x, 1)
torch.special.log_softmax(x, 1)
torch.special.sinc(x)
torch.special.exp2(x)
torch.special.expm1(x)
torch.special.erfc(x)
torch.special.erfinv(u)
torch.special.digamma(p)  # ~1e-7
torch.special.polygamma(1, p)  # ~1e-7
torch.special.multigammaln(p, 2)
torch.special.round(x)
torch.special.xlog1py(z, p)
torch.sum(x, axis=1)
torch.argmax(x, axis=1)  # not bool
torch.softmax(x, axis=1)
torch.cumsum(x, axis=0)
torch.max(x, axis=1)
torch.mean(x, axis=(0, 1))
torch.std(x, axis=1)
torch.all(x, axis=0)
torch.sort(c, axis=0)
torch.sum(x, 1, keepdims=True)
torch.fill(x, 2)
torch.square_(x.detach())
torch.relu_(x.detach())
torch.exp_(x.detach())
torch.clamp_(x.detach(), 0, 1)
torch.nan_to_num_(q.detach())
torch.zero_(x.detach())
torch.add(2, x)
x.sigmoid()
torch.rsqrt(p)
x.swapaxes(0, 1)
torch.erf(x, out=torch.empty(0, dtype=torch.float16))
torch.logical_and(x, y, out=torch.empty(0))
torch.max(x.detach(), 1, out=(torch.empty(0, dtype=dtype), torch.empty(0, dtype=torch.int64)))
torch.cumsum(x.detach(), 0, out=torch.empty(0, dtype=torch.float64))
torch.true_divide(k, 2, out=torch.empty(0, dtype=torch.int64))
x.detach().sub_(1).mul_(2)
x.T
torch.hann_window(7)
torch.hann_window(7, False)
torch.hann_window(1)
torch.hann_window(0)
torch.hann_window(5, dtype=torch.float64)
torch.hamming_window(6)
torch.hamming_window(6, periodic=False, alpha=0.5, beta=0.5)
torch.blackman_window(6, dtype=torch.float64)
torch.bartlett_window(6)
torch.bartlett_window(5, False)
torch.kaiser_window(6)
torch.kaiser_window(6, False, 5.0)
torch.device('cpu').type
torch.device('cuda:1').index
torch.device('cuda', 1).type
torch.device('cpu') == torch.device('cpu')
torch.device('gpu')
x.device.type
x.device.index
x.is_cpu
x.get_device()
str(x.device)
repr(x.device)
torch.zeros(2, device=torch.device('cpu'))
x.to(torch.device('cpu')) is x
torch.pow(p, exponent=2)
torch.heaviside(x, values=y)
x.new(2, 3).shape
x.new([1, 2])
x.detach().apply_(lambda v: v + 1)
x.detach().map_(y.detach(), lambda a, b: a * b)
p.clone().polygamma_(1)  # ~1e-7
torch.is_signed(x)
torch.frombuffer(bytearray(b'abcdefgh'), dtype=torch.int16)
torch.frombuffer(bytearray(b'abcdefgh'), dtype=torch.uint8, count=3, offset=2)
torch.frombuffer(bytearray(b'abc'), dtype=torch.int16)
torch.clamp(x, 0.0, 1.0)
torch.special.erfcx(x)
torch.special.log_ndtr(x)
torch.special.ndtri(u)
x.shape == torch.Size([2, 3])
isinstance(x.shape, torch.Size)
"""


@pytest.mark.parametrize(("expression", "loose", "bools"), rows(EXPRESSIONS))
def test_expression(expression: str, loose: float | None, bools: bool) -> None:
    check(peer, expression, loose, bools)
