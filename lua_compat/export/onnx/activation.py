"""Activations."""

from __future__ import annotations

from lua_compat.export.onnx.row import Emit, rows
from lua_compat.export.onnx.trace import Call
from pytorch_from_lua import nn

#: Over this the logarithm in Softplus does not differ from its argument in float32.
_STRAIGHT = 15.0


def _prelu(c: Call) -> str:
    slopes = c.module.weight.array
    if slopes.size > 1:
        axis = 0 if c.x.ndim in (1, 3) else 1
        slopes = slopes.reshape([-1 if i == axis else 1 for i in range(c.x.ndim)])
    return c.op("PRelu", c.x, c.constant(slopes, f"slope{c.x.ndim}"))


def _glu(c: Call) -> str:
    values, gates = c.ops("Split", 2, c.x, axis=c.module.dim, num_outputs=2)
    return c.op("Mul", values, c.op("Sigmoid", gates))


def _crelu(c: Call) -> str:
    axis = c.x.ndim - c.module.num_input_dims
    return c.op("Relu", c.op("Concat", c.x, c.op("Neg", c.x), axis=axis))


def _softplus(c: Call) -> str:
    beta, threshold = float(c.module.beta), float(c.module.threshold)
    scaled = c.op("Mul", c.x, beta) if beta != 1.0 else c.name(c.x)
    smooth = c.op("Softplus", scaled)
    smooth = c.op("Div", smooth, beta) if beta != 1.0 else smooth
    if threshold >= _STRAIGHT:
        return smooth
    return c.op("Where", c.op("Greater", scaled, threshold), c.x, smooth)


def _threshold(c: Call) -> str:
    limit, value = float(c.module.threshold), float(c.module.value)
    return c.op("Where", c.op("Greater", c.x, limit), c.x, value)


def _clamp(c: Call) -> str:
    low, high = c.module.min, c.module.max
    return c.op("Clip", c.x, None if low is None else float(low), None if high is None else float(high))


def _over_channels(op: str, negated: bool = False) -> Emit:
    """An operation over ``dim``, or over the channels where the module leaves that to the input."""

    def emit(c: Call) -> str:
        dim = getattr(c.module, "dim", None)
        if isinstance(c.module, nn.Softmax2d):
            dim = c.x.ndim - 3
        elif dim is None:
            dim = 0 if c.x.ndim in (1, 3) else 1
        return c.op(op, c.op("Neg", c.x) if negated else c.x, axis=dim)

    return emit


def _times(function: str) -> Emit:
    """The input times a function of it."""
    return lambda c: c.op("Mul", c.x, c.op(function, c.x))


ROWS = rows(
    {
        nn.Abs: lambda c: c.op("Abs", c.x),
        nn.AddConstant: lambda c: c.op("Add", c.x, float(c.module.constant)),
        nn.MulConstant: lambda c: c.op("Mul", c.x, float(c.module.constant)),
        nn.CELU: lambda c: c.op("Celu", c.x, alpha=float(c.module.alpha)),
        nn.CReLU: _crelu,
        nn.Clamp: _clamp,
        nn.ELU: lambda c: c.op("Elu", c.x, alpha=float(c.module.alpha)),
        nn.Exp: lambda c: c.op("Exp", c.x),
        nn.GELU: lambda c: c.op("Gelu", c.x, approximate=c.module.approximate),
        nn.GLU: _glu,
        nn.Hardshrink: lambda c: c.op("Shrink", c.x, lambd=float(c.module.lambd), bias=0.0),
        nn.Hardsigmoid: lambda c: c.op("HardSigmoid", c.x, alpha=1.0 / 6.0, beta=0.5),
        nn.Hardswish: lambda c: c.op("HardSwish", c.x),
        nn.Hardtanh: lambda c: c.op("Clip", c.x, float(c.module.min_val), float(c.module.max_val)),
        nn.LeakyReLU: lambda c: c.op("LeakyRelu", c.x, alpha=float(c.module.negative_slope)),
        nn.Log: lambda c: c.op("Log", c.x),
        nn.LogSigmoid: lambda c: c.op("Neg", c.op("Softplus", c.op("Neg", c.x))),
        nn.LogSoftmax: _over_channels("LogSoftmax"),
        nn.Mish: lambda c: c.op("Mish", c.x),
        nn.PReLU: _prelu,
        nn.Power: lambda c: c.op("Pow", c.x, float(c.module.exponent)),
        # In evaluation the slope is the mean of what it is drawn from in training.
        nn.RReLU: lambda c: c.op("LeakyRelu", c.x, alpha=(c.module.lower + c.module.upper) / 2),
        nn.ReLU: lambda c: c.op("Relu", c.x),
        nn.ReLU6: lambda c: c.op("Clip", c.x, 0.0, 6.0),
        nn.SELU: lambda c: c.op("Selu", c.x),
        nn.SiLU: _times("Sigmoid"),
        nn.Sigmoid: lambda c: c.op("Sigmoid", c.x),
        nn.Softmax: _over_channels("Softmax"),
        nn.Softmax2d: _over_channels("Softmax"),
        nn.Softmin: _over_channels("Softmax", negated=True),
        nn.Softplus: _softplus,
        nn.Softshrink: lambda c: c.op("Shrink", c.x, lambd=float(c.module.lambd), bias=float(c.module.lambd)),
        nn.Softsign: lambda c: c.op("Softsign", c.x),
        nn.Sqrt: lambda c: c.op("Sqrt", c.x),
        nn.Square: lambda c: c.op("Mul", c.x, c.x),
        nn.Tanh: lambda c: c.op("Tanh", c.x),
        nn.Tanhshrink: lambda c: c.op("Sub", c.x, c.op("Tanh", c.x)),
        nn.Threshold: _threshold,
    }
)
