"""One case or more for each operation of the table that has a derivative: inputs and parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

import pytorch_from_lua as torch
from pytorch_from_lua.tensor.geometry import Geometry
from tests.autograd.cases_layers import layer_cases
from tests.autograd.cases_math import math_cases
from tests.autograd.cases_resampling import resampling_cases


class Case:
    """An operation's inputs: arrays become float64 tensors that require a gradient, other arrays plain tensors."""

    def __init__(self, *inputs: Any, **params: Any) -> None:
        self.inputs = inputs
        self.params = params

    def tensors(self) -> list[Any]:
        made = []
        for x in self.inputs:
            if isinstance(x, np.ndarray):
                t = torch.Tensor.from_array(x.copy())
                t.requires_grad = x.dtype == np.float64
                x = t
            made.append(x)
        return made


_RANDOM = np.random.RandomState(7)


def n(*shape: int) -> Any:
    """Values of both signs, none near 0, and none twice: most kinks are at 0 or between equals."""
    values = _RANDOM.permutation(np.arange(int(np.prod(shape)))) * 0.31
    sign = np.where(np.arange(values.size) % 2, -1.0, 1.0)
    return ((values + 0.2 + 0.1 * _RANDOM.uniform()) * sign * 0.7).reshape(shape)


def u(*shape: int) -> Any:
    """Values in (0.1, 0.9)."""
    return 0.1 + 0.8 * _RANDOM.uniform(size=shape)


def scalar(value: float) -> Any:
    return np.asarray(value)


def ints(*values: int, shape: Any = None) -> Any:
    found = np.array(values, np.int64)
    return found if shape is None else found.reshape(shape)


MASK = np.array([[True, False, True], [False, False, True]])
BASE = Geometry(0, (2, 3), (3, 1))
PART = Geometry(1, (2, 2), (3, 1))
WINDOWS = Geometry(0, (4, 3), (1, 1))  # overlapping
REPEATED = Geometry(0, (4, 3), (0, 1))

CASES: dict[str, list[Case]] = {}
_POINTWISE = "neg positive abs square sign floor ceil trunc round frac exp exp2 expm1 sin cos sinh cosh tanh asinh atan"
for _name in _POINTWISE.split() + ["sigmoid", "relu", "tan", "reciprocal"]:
    CASES[_name] = [Case(n(2, 3)), Case(scalar(0.7))]
for _name in ["log", "log2", "log10", "log1p", "sqrt", "rsqrt", "asin", "acos", "atanh"]:
    CASES[_name] = [Case(u(2, 3))]
CASES["acosh"] = [Case(u(2, 3) + 1.2)]
for _name in ["add", "sub", "mul", "div", "maximum", "minimum", "atan2", "hypot"]:
    CASES[_name] = [
        Case(n(2, 3), n(2, 3)),
        Case(n(2, 3), n(3)),
        Case(n(2, 1), n(1, 3)),
        Case(n(3), 1.7),
        Case(1.7, n(3)),
    ]
for _name in ["fmod", "remainder", "floor_divide"]:
    CASES[_name] = [Case(n(2, 3), u(2, 3)), Case(n(3), 1.7)]

CASES.update(
    pow=[Case(u(2, 3), n(2, 3)), Case(n(3), 2), Case(n(3), 3.0), Case(n(3), 0), Case(2.0, n(3)), Case(u(2, 1), n(3))],
    clamp=[Case(n(2, 3), min=-0.5, max=0.6), Case(n(3), min=0.0), Case(n(3), max=0.1)],
    **math_cases(Case, n, u, scalar),
    where=[Case(MASK, n(2, 3), n(2, 3)), Case(MASK, n(3), 2.0), Case(MASK, 2.0, n(2, 1))],
    lerp=[Case(n(2, 3), n(2, 3), 0.3), Case(n(2, 3), n(3), u(2, 3))],
    addcmul=[Case(n(2, 3), n(2, 3), n(3), value=0.5), Case(n(3), n(2, 3), n(2, 1))],
    addcdiv=[Case(n(2, 3), n(2, 3), u(3), value=0.5), Case(n(3), n(2, 3), u(2, 1))],
    masked_fill=[Case(n(2, 3), mask=MASK, value=3.0), Case(n(2, 3), mask=MASK[:1], value=0)],
    # matrices
    mm=[Case(n(2, 3), n(3, 4))],
    bmm=[Case(n(2, 2, 3), n(2, 3, 2))],
    mv=[Case(n(2, 3), n(3))],
    dot=[Case(n(3), n(3))],
    matmul=[
        Case(n(3), n(3)),
        Case(n(3), n(3, 2)),
        Case(n(2, 3), n(3)),
        Case(n(2, 3), n(3, 2)),
        Case(n(2, 1, 2, 3), n(2, 3, 2)),
        Case(n(3), n(2, 3, 2)),
        Case(n(2, 2, 3), n(3)),
    ],
    ger=[Case(n(2), n(3))],
    addmm=[
        Case(n(2, 4), n(2, 3), n(3, 4), beta=0.5, alpha=2),
        Case(n(4), n(2, 3), n(3, 4)),
        Case(n(2, 2), n(2, 3), n(3, 2), beta=0),
    ],
    addmv=[Case(n(2), n(2, 3), n(3), beta=0.5, alpha=2)],
    addr=[Case(n(2, 3), n(2), n(3), beta=0.5, alpha=2)],
    addbmm=[Case(n(2, 2), n(3, 2, 2), n(3, 2, 2), beta=0.5, alpha=2)],
    baddbmm=[Case(n(2, 2, 2), n(2, 2, 3), n(2, 3, 2), beta=0.5, alpha=2)],
    # reductions
    sum=[Case(n(2, 3)), Case(n(2, 3), dim=0), Case(n(2, 3, 2), dim=(0, -1), keepdim=True), Case(scalar(2.0))],
    mean=[Case(n(2, 3)), Case(n(2, 3), dim=1), Case(n(2, 3, 2), dim=(0, 2), keepdim=True)],
    sum_to=[Case(n(4, 2, 3), shape=(2, 1)), Case(n(2, 3), shape=())],
    var=[Case(n(2, 3)), Case(n(2, 3), dim=1, correction=0), Case(n(3, 2), dim=0, keepdim=True)],
    std=[Case(n(2, 3)), Case(n(2, 3), dim=1, correction=0), Case(n(3, 2), dim=0, keepdim=True)],
    norm=[
        *[Case(n(2, 3), p=p) for p in (1, 2, 3, 2.5, float("inf"), -float("inf"))],
        Case(n(2, 3), p=2, dim=1),
        Case(n(2, 3), p=3, dim=0, keepdim=True),
        Case(n(2, 3), p=0),
    ],
    prod=[
        Case(n(2, 3)),
        Case(n(2, 3), dim=1),
        Case(n(2, 3), dim=0, keepdim=True),
        Case(np.array([[1.5, 0.0, 2.0], [0.5, 3.0, -1.0]])),
        Case(np.array([[1.5, 0.0, 2.0], [0.5, 3.0, -1.0]]), dim=1),
        Case(np.array([[1.5, 0.0, 2.0], [0.5, 3.0, 0.0]]), dim=(0, 1)),
    ],
    cumsum=[Case(n(2, 3), dim=1), Case(n(2, 3), dim=0)],
    cumprod=[Case(n(2, 3), dim=1), Case(np.array([[1.5, 0.0, 2.0], [0.5, 3.0, -1.0]]), dim=-1)],
    amax=[Case(n(2, 3)), Case(n(2, 3), dim=1), Case(n(2, 3), dim=0, keepdim=True)],
    amin=[Case(n(2, 3)), Case(n(2, 3), dim=1), Case(n(2, 3), dim=0, keepdim=True)],
    logsumexp=[Case(n(2, 3)), Case(n(2, 3), dim=1), Case(n(2, 3), dim=0, keepdim=True)],
    max_dim=[Case(n(2, 3), dim=1), Case(n(2, 3), dim=0, keepdim=True), Case(scalar(1.0), dim=0)],
    min_dim=[Case(n(2, 3), dim=1), Case(n(2, 3), dim=0, keepdim=True)],
    sort=[Case(n(2, 3), dim=1), Case(n(2, 3), dim=0, descending=True)],
    topk=[Case(n(2, 4), k=2), Case(n(3, 2), k=2, dim=0, largest=False)],
    kthvalue=[Case(n(2, 4), k=2), Case(n(3, 2), k=1, dim=0, keepdim=True)],
    median_dim=[Case(n(2, 4), dim=1), Case(n(3, 2), dim=0, keepdim=True)],
    mode_dim=[Case(n(2, 4), dim=1)],
    median=[Case(n(2, 3))],
    # views
    view=[Case(n(2, 3), shape=(3, 2)), Case(n(2, 3), shape=(-1,))],
    reshape=[Case(n(2, 3), shape=(3, 2)), Case(n(2, 3), shape=(6,))],
    transpose=[Case(n(2, 3), dim0=0, dim1=1)],
    permute=[Case(n(2, 3, 2), dims=(2, 0, 1))],
    narrow=[Case(n(2, 3), dim=1, start=1, length=2)],
    select=[Case(n(2, 3), dim=1, index=1)],
    slice=[Case(n(2, 5), dim=1, start=1, stop=5, step=2)],
    expand=[Case(n(2, 1), shape=(3, 2, 4))],
    squeeze=[Case(n(2, 1)), Case(n(2, 1), dim=1)],
    unsqueeze=[Case(n(2, 3), dim=1)],
    diagonal=[Case(n(2, 3, 4), offset=1, dim1=0, dim2=2)],
    diag_embed=[Case(n(2, 3), offset=-1, dim1=2, dim2=0)],
    inv=[Case(n(3, 3)), Case(n(2, 3, 3))],
    solve=[Case(n(2, 3, 3), n(2, 3, 2)), Case(n(3, 3), n(2, 3, 2))],
    solve_triangular=[
        Case(n(3, 3), n(2, 3, 2), upper=True, unitriangular=False),
        Case(n(2, 3, 3), n(3, 2), upper=False, unitriangular=True),
    ],
    det=[Case(n(3, 3)), Case(n(2, 2, 2))],
    cofactor=[Case(n(3, 3))],
    slogdet=[Case(n(2, 3, 3))],
    pinv=[Case(n(2, 4), atol=0.0, rtol=1e-9), Case(n(4, 2), atol=0.0, rtol=1e-9)],
    matrix_exp=[Case(n(2, 3, 3) * 0.3)],
    lu_factor=[Case(n(3, 3)), Case(n(2, 2, 4)), Case(n(4, 2))],
    svdvals=[Case(n(3, 2)), Case(n(2, 2, 3))],
    eig=[Case(np.diag([1.0, 2.0, 4.0]) + 0.1 * n(3, 3))],
    svd=[Case(n(3, 2), full=False), Case(n(2, 3), full=False)],
    qr=[Case(n(3, 2), mode="reduced"), Case(n(2, 3), mode="reduced"), Case(n(2, 2), mode="complete")],
    scatter_reduce=[
        Case(n(3, 4), 1.3 * n(2, 4), dim=d, index=ints(0, 1, 1, 0, 2, 2, 0, 2, shape=(2, 4)), reduce=r, include_self=s)
        for r in ("sum", "prod", "mean", "amax", "amin")
        for s in (True, False)
        for d in (0, 1)
    ],
    as_strided=[Case(n(2, 3), geometry=g, base=BASE) for g in (PART, WINDOWS, REPEATED)],
    as_strided_grad=[
        Case(n(2, 2), geometry=PART, base=BASE),
        Case(n(4, 3), geometry=WINDOWS, base=BASE),
        Case(n(4, 3), geometry=REPEATED, base=BASE),
    ],
    copy_slices_base=[Case(n(2, 3), geometry=PART, base=BASE)],
    # copies and joins
    clone=[Case(n(2, 3))],
    contiguous=[Case(n(2, 3))],
    reshape_copy=[Case(n(2, 3), shape=(3, 2))],
    to=[Case(n(2, 3), dtype=torch.float64)],
    copy=[Case(n(2, 3), n(3)), Case(n(2, 3), n(2, 1))],
    fill=[Case(n(2, 3), value=2.0)],
    triu=[Case(n(3, 3)), Case(n(2, 3), diagonal=1)],
    tril=[Case(n(3, 3)), Case(n(2, 3), diagonal=-1)],
    flip=[Case(n(2, 3), dims=(0, 1))],
    roll=[Case(n(2, 3), shifts=2), Case(n(2, 3), shifts=(1, -1), dims=(0, 1))],
    repeat=[Case(n(2, 3), sizes=(2, 1, 2))],
    cat=[Case(n(2, 3), n(2, 1), dim=1), Case(n(3), n(2), n(1)), Case(np.zeros(0), n(2, 3))],
    stack=[Case(n(2, 3), n(2, 3), dim=1), Case(n(3), n(3), n(3))],
    # indices and masks
    index=[
        Case(n(3, 3), index=(slice(None), ints(0, 2, 2))),
        Case(n(2, 3), index=MASK),
        Case(n(2, 3), index=(1, slice(0, 2))),
        Case(n(3, 3), index=(ints(0, 2, 0), ints(1, 1, 1))),
    ],
    index_grad=[Case(n(2, 3), index=(slice(None), ints(0, 2, 2)), shape=(2, 3)), Case(n(3), index=MASK, shape=(2, 3))],
    index_put=[
        Case(n(3, 3), n(3, 2), index=(slice(None), ints(0, 2))),
        Case(n(3, 3), n(3, 3), index=(slice(None), ints(0, 2, 2)), accumulate=True),
        Case(n(2, 3), n(1), index=MASK),
    ],
    setitem=[
        Case(n(3, 3), n(3), index=(1,)),
        Case(n(3, 3), 2.0, index=(slice(None), 1)),
        Case(n(3, 3), n(2, 1), index=(slice(0, 2),)),
    ],
    index_select=[Case(n(2, 3), dim=1, index=ints(0, 2, 2))],
    index_add=[Case(n(2, 3), n(2, 3), dim=1, index=ints(0, 2, 2))],
    index_copy=[Case(n(2, 3), n(2, 2), dim=1, index=ints(0, 2))],
    index_fill=[Case(n(2, 3), dim=1, index=ints(0, 2), value=1.5)],
    gather=[
        Case(n(2, 3), dim=1, index=ints(0, 0, 2, 1, shape=(2, 2))),
        Case(n(3, 3), dim=0, index=ints(2, 0, shape=(1, 2))),
    ],
    scatter_grad=[Case(n(2, 2), dim=1, index=ints(0, 0, 2, 1, shape=(2, 2)), shape=(2, 3))],
    scatter=[
        Case(n(2, 3), n(2, 3), dim=1, index=ints(0, 2, 2, 1, shape=(2, 2))),
        Case(n(2, 3), 2.0, dim=1, index=ints(0, 1, shape=(2, 1))),
    ],
    scatter_add=[Case(n(2, 3), n(2, 3), dim=1, index=ints(0, 0, 2, 1, shape=(2, 2)))],
    corner=[Case(n(2, 2), shape=(3, 4))],
    masked_select=[Case(n(2, 3), mask=MASK), Case(n(3), mask=MASK)],
    masked_scatter=[Case(n(2, 3), n(2, 2), mask=MASK)],
    # networks
    linear=[Case(n(2, 3), n(4, 3), n(4)), Case(n(2, 2, 3), n(4, 3), None), Case(n(3), n(4, 3), n(4))],
    conv2d=[
        Case(n(2, 2, 4, 4), n(3, 2, 3, 3), n(3), stride=1, padding=1, dilation=1, groups=1),
        Case(n(1, 2, 5, 4), n(2, 1, 2, 2), None, stride=(2, 1), padding=(0, 1), dilation=1, groups=2),
        Case(n(1, 5, 5), n(1, 1, 2, 2), n(1), stride=1, padding=0, dilation=2, groups=1),
    ],
    conv2d_input=[Case(n(1, 2, 2, 2), n(2, 1, 2, 2), shape=(1, 1, 3, 3), stride=1, padding=0, dilation=1, groups=1)],
    conv2d_weight=[Case(n(1, 2, 2, 2), n(1, 1, 3, 3), shape=(2, 1, 2, 2), stride=1, padding=0, dilation=1, groups=1)],
    max_pool2d=[
        Case(n(1, 2, 4, 4), kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False),
        Case(n(1, 4, 5), kernel_size=3, stride=1, padding=1, dilation=1, ceil_mode=True),
    ],
    max_pool2d_grad=[Case(n(1, 1, 1, 2), index=ints(0, 3, shape=(1, 1, 1, 2)), shape=(1, 1, 2, 2))],
    avg_pool2d=[
        Case(n(1, 2, 4, 4), kernel_size=2, stride=2, padding=0, ceil_mode=False, count_include_pad=True),
        Case(n(1, 4, 5), kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    ],
    avg_pool2d_grad=[
        Case(n(1, 1, 2), shape=(1, 2, 4), kernel_size=2, stride=2, padding=0, ceil_mode=False, count_include_pad=True)
    ],
    pad=[Case(n(2, 3), pad=((1, 0), (2, 1)), value=3.0), Case(n(2, 4), pad=((0, 1), (-1, -2)))],
    **resampling_cases(Case, n, ints),
    relu6=[Case(n(2, 3) * 5)],
    hardtanh=[Case(n(2, 3), min_val=-0.5, max_val=0.7)],
    leaky_relu=[Case(n(2, 3), negative_slope=0.1)],
    elu=[Case(n(2, 3), alpha=1.3)],
    softplus=[Case(n(2, 3), beta=1.5, threshold=1.0)],
    softsign=[Case(n(2, 3))],
    log_sigmoid=[Case(n(2, 3))],
    hardshrink=[Case(n(2, 3), lambd=0.4)],
    softshrink=[Case(n(2, 3), lambd=0.4)],
    tanhshrink=[Case(n(2, 3))],
    threshold=[Case(n(2, 3), threshold=0.1, value=2.0)],
    prelu=[Case(n(2, 3), n(1)), Case(n(2, 3), n(3)), Case(n(2, 3, 2, 1), n(3)), Case(n(2, 3, 2), n(2))],
    softmax=[Case(n(2, 3), dim=1), Case(n(3, 2), dim=0)],
    log_softmax=[Case(n(2, 3), dim=1), Case(n(3, 2), dim=0)],
    batch_norm=[
        Case(n(4, 2), u(2), n(2), mean=None, var=None, training=True, momentum=0.1, eps=1e-5),
        Case(n(2, 2, 2, 2), None, None, mean=None, var=None, training=True, momentum=0.1, eps=1e-2),
        Case(n(3, 2), u(2), n(2), mean=n(2), var=u(2), training=False, momentum=0.1, eps=1e-5),
    ],
    embedding=[
        Case(n(4, 2), ints(1, 3, 1, 0, shape=(2, 2)), padding_idx=None, scale_grad_by_freq=False),
    ],
)

ONE_HOT = np.where(np.arange(6) % 2, 1.0, -1.0).reshape(2, 3)
for _name, _beta in [("mse_loss", {}), ("l1_loss", {}), ("smooth_l1_loss", {"beta": 1.0})]:
    CASES[_name] = [Case(n(2, 3), n(2, 3), reduction=r, **_beta) for r in ("mean", "sum", "none")]
CLASSES = ints(2, 0)
CASES.update(
    kl_div=[Case(-u(2, 3), torch.Tensor.from_array(u(2, 3)), reduction=r) for r in ("mean", "sum", "none")],
    binary_cross_entropy=[
        Case(u(2, 3), torch.Tensor.from_array(u(2, 3)), None, reduction="mean"),
        Case(u(2, 3), torch.Tensor.from_array(u(2, 3)), torch.Tensor.from_array(u(2, 3)), reduction="none"),
    ],
    multi_margin_loss=[
        Case(n(2, 3), CLASSES, None, p=1, margin=1.0, reduction="mean"),
        Case(n(2, 3), CLASSES, torch.Tensor.from_array(u(3)), p=2, margin=0.7, reduction="sum"),
    ],
    multilabel_margin_loss=[
        Case(n(2, 3), ints(2, 0, -1, 1, -1, -1, shape=(2, 3)), reduction=r) for r in ("mean", "sum")
    ],
    nll_loss=[
        Case(n(2, 3), CLASSES, None, ignore_index=-100, reduction="mean"),
        Case(n(2, 3), CLASSES, torch.Tensor.from_array(u(3)), ignore_index=-100, reduction="mean"),
        Case(n(2, 3), CLASSES, None, ignore_index=0, reduction="none"),
        Case(n(2, 3, 2), ints(0, 1, 2, 1, shape=(2, 2)), None, ignore_index=-100, reduction="sum"),
    ],
    cross_entropy=[
        Case(n(2, 3), CLASSES, None, ignore_index=-100, reduction="mean"),
        Case(n(2, 3), CLASSES, torch.Tensor.from_array(u(3)), ignore_index=-100, reduction="sum"),
    ],
)
_MARGIN = {"margin": 1.0}
for _name, _margin in [("soft_margin_loss", {}), ("margin_loss", _MARGIN), ("hinge_embedding_loss", _MARGIN)]:
    CASES[_name] = [
        Case(n(2, 3), torch.Tensor.from_array(ONE_HOT), reduction=r, **_margin) for r in ("mean", "sum", "none")
    ]
CASES.update(layer_cases(Case, n, u))

#: Operations that have a derivative and that no function runs: the engine makes their nodes itself. And two that read
#: one triangle, while the gradient is for both: differences of single elements say nothing of it (see test_linalg.py).
ENGINE_ONLY = {"copy_slices", "cholesky", "eigh"}
