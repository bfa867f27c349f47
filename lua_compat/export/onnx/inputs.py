"""What a model is run with while it is traced: from tensors, from shapes, or from what its first layers tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lua_compat.errors import ExportError
from lua_compat.export.onnx.values import PROBES, leaves, mapped
from pytorch_from_lua import nn
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import DType, float32

#: What an input is where only its shape is given: random numbers of this range, so that logarithms and roots are some.
_LOW, _HIGH = 0.1, 1.1


class Example:
    """One tensor that the model takes.

    Attributes:
        tensor: the one that was given, or None.
        shape: its shape.
        bound: what its whole numbers are under, where it is looked up; None for floating-point numbers.
    """

    def __init__(self, given: Tensor | Sequence[int]) -> None:
        self.tensor = given.detach().cpu() if isinstance(given, Tensor) else None
        self.shape = tuple([int(n) for n in (given.shape if isinstance(given, Tensor) else given)])
        self.bound: int | None = None

    def narrow(self, bound: int) -> bool:
        """Makes it whole numbers from 0 to before ``bound``; False where it is that already, or cannot become it."""
        if self.tensor is None:
            narrower = self.bound is None or bound < self.bound
            self.bound = bound if narrower else self.bound
            return narrower
        held = self.tensor.array
        if not self.tensor.dtype.is_floating_point or not np.isin(held, np.arange(bound)).all():
            return False
        self.tensor = Tensor.from_array(held.astype(np.int64))
        return True

    def alone(self, dtype: DType, seed: int) -> Tensor:
        """The tensor as given, or one of the shape."""
        if self.tensor is not None:
            return Tensor.from_array(np.array(self.tensor.array))
        return self._drawn(self.shape, dtype, seed)

    def batches(self, dim: int, dtype: DType, seed: int) -> list[Tensor]:
        """Tensors with batches of `PROBES` in a dimension: the largest, and of the others the first and the last."""
        most = max(PROBES)
        shape = (*self.shape[:dim], most, *self.shape[dim + 1 :])
        if self.tensor is None:
            whole = self._drawn(shape, dtype, seed).array
        else:
            held = self.tensor.array
            whole = np.take(held, np.arange(most) % held.shape[dim], axis=dim)
            if held.dtype.kind == "f":  # no two samples alike
                whole = whole * (1 + 0.125 * np.arange(most)).reshape([-1 if i == dim else 1 for i in range(held.ndim)])
                whole = whole.astype(held.dtype)
        first, last, _ = PROBES
        parts = [np.arange(first), np.arange(most - last, most), np.arange(most)]
        return [Tensor.from_array(np.ascontiguousarray(np.take(whole, part, axis=dim))) for part in parts]

    def _drawn(self, shape: tuple[int, ...], dtype: DType, seed: int) -> Tensor:
        rng = np.random.default_rng(seed)
        if self.bound is not None:
            return Tensor.from_array(rng.integers(0, self.bound, shape))
        return Tensor.from_array(rng.uniform(_LOW, _HIGH, shape).astype(dtype.numpy))


def examples_of(model: nn.Module, given: Any) -> Any:
    """The inputs as a nesting of `Example`.

    Args:
        model: the model.
        given: a shape, a tensor, or a list of them; None where the model's first layers tell.

    Raises:
        ExportError: where it is none of these, or the model does not tell.
    """
    if given is None:
        given = _told(model, model)
    return _examples(given)


def _examples(given: Any) -> Any:
    if isinstance(given, Tensor) or (
        isinstance(given, (tuple, list)) and given and all(isinstance(n, (int, np.integer)) for n in given)
    ):
        made = Example(given)
        if any(n < 1 for n in made.shape):
            raise ExportError(f"input: needs sizes of 1 or more, got {made.shape}")
        return made
    if isinstance(given, (tuple, list)) and given:
        return [_examples(item) for item in given]
    raise ExportError(f"input: needs a shape, a tensor, or a list of them, got {given!r}")


def dtype_of(model: nn.Module) -> DType:
    """The element type that the model takes: that of its parameters."""
    kinds = [p.dtype for p in [*model.parameters(), *model.buffers()] if p.dtype.is_floating_point]
    return kinds[0] if kinds else float32


def batches_of(examples: Any, dim: int, dtype: DType) -> Iterator[Any]:
    """Ways to take the inputs as batches along a dimension: for each input a list of tensors.

    Inputs with as many samples as each other are batches together; the others are the same each time.
    """
    every = leaves(examples)
    for size in dict.fromkeys([e.shape[dim] for e in every if dim < len(e.shape)]):
        seeds = iter(range(len(every)))

        def runs(e: Example, size: int = size, seeds: Iterator[int] = seeds) -> list[Tensor]:
            seed = next(seeds)
            if dim < len(e.shape) and e.shape[dim] == size:
                return e.batches(dim, dtype, seed)
            return [e.alone(dtype, seed) for _ in PROBES]

        yield mapped(runs, examples)


def alone_of(examples: Any, dtype: DType) -> Any:
    """For each input a list of the one tensor that it is."""
    seeds = iter(range(len(leaves(examples))))
    return mapped(lambda e: [e.alone(dtype, next(seeds))], examples)


# -- what a model tells itself --------------------------------------------------------------------------------------


def _features(count: int, *more: int) -> tuple[int, ...]:
    return (1, count, *more)


#: What is told by a layer on its own: the shape that it takes.
_TELLS: dict[type, Any] = {
    nn.BatchNorm1d: lambda m: _features(m.num_features),
    nn.Bilinear: lambda m: [_features(m.in1_features), _features(m.in2_features)],
    **dict.fromkeys(
        (nn.Cosine, nn.Euclidean, nn.WeightedEuclidean, nn.PartialLinear, nn.GRUCell, nn.LSTMCell, nn.RNNCell),
        lambda m: _features(m.input_size),
    ),
    nn.LayerNormalization: lambda m: _features(m.size),
    **dict.fromkeys((nn.Linear, nn.LinearWeightNorm), lambda m: _features(m.in_features)),
    nn.SpatialConvolutionLocal: lambda m: _features(m.in_channels, *m.input_size),
    nn.Kmeans: lambda m: _features(m.dim),
}

#: What a layer needs of which it tells a part: what to say.
_ASKS: dict[type, Any] = {
    **dict.fromkeys((nn.Conv1d, nn.ConvTranspose1d), lambda m: f"Nx{m.in_channels}xL"),
    **dict.fromkeys((nn.Conv2d, nn.ConvTranspose2d), lambda m: f"Nx{m.in_channels}xHxW"),
    **dict.fromkeys((nn.Conv3d, nn.ConvTranspose3d), lambda m: f"Nx{m.in_channels}xTxHxW"),
    nn.BatchNorm2d: lambda m: f"Nx{m.num_features}xHxW",
    nn.BatchNorm3d: lambda m: f"Nx{m.num_features}xTxHxW",
    nn.InstanceNorm2d: lambda m: f"Nx{m.num_features}xHxW",
    **dict.fromkeys((nn.GRU, nn.LSTM, nn.RNN), lambda m: f"{'NxT' if m.batch_first else 'TxN'}x{m.input_size}"),
    nn.TemporalConvolution: lambda m: f"NxTx{m.in_features}",
    nn.TemporalRowConvolution: lambda m: f"Nx{m.features}xT" if m.features_first else f"NxTx{m.features}",
    nn.TemporalSubSampling: lambda m: f"NxTx{m.features}",
    nn.SpatialSubSampling: lambda m: f"Nx{m.channels}xHxW",
    nn.SpatialDepthWiseConvolution: lambda m: f"Nx{m.in_channels}xHxW",
    **dict.fromkeys((nn.SpatialConvolutionMap, nn.SpatialFullConvolutionMap), lambda m: f"Nx{m.in_channels}xHxW"),
    nn.Embedding: lambda m: "N or NxT, whole numbers",
}

#: Hands its input on in its own shape, so that the next layer tells.
_KEEPS = {
    *(nn.Abs, nn.AddConstant, nn.Clamp, nn.Dropout, nn.ELU, nn.Exp, nn.Hardshrink, nn.Hardtanh, nn.Identity),
    *(nn.L1Penalty, nn.LeakyReLU, nn.LogSigmoid, nn.LogSoftmax, nn.MulConstant, nn.PReLU, nn.Power, nn.ReLU),
    *(nn.ReLU6, nn.RReLU, nn.Sigmoid, nn.Softmax, nn.Softplus, nn.Softshrink, nn.Softsign, nn.Square, nn.Tanh),
    *(nn.Tanhshrink, nn.Threshold, nn.WhiteNoise, nn.GradientReversal, nn.Copy, nn.Contiguous, nn.Normalize),
}
_IN_ROW = (nn.Sequential, nn.DontCast, nn.NaN, nn.Profile, nn.GPU)


class _SilentError(Exception):
    """No layer told."""


def _told(model: nn.Module, module: nn.Module) -> Any:
    try:
        return _shape(module)
    except _SilentError as error:
        raise ExportError(
            f"input: the model does not tell the shape of what it takes: {error}; give it, such as --input 1x3x224x224 "
            "(several with commas), or input_shape in Python"
        ) from None


def _shape(module: nn.Module) -> Any:
    tells = _TELLS.get(type(module))
    if tells is not None:
        return tells(module)
    asks = _ASKS.get(type(module))
    if asks is not None:
        raise _SilentError(f"{type(module).__name__} takes {asks(module)}")
    if isinstance(module, _IN_ROW):
        for child in module.children():
            if type(child) not in _KEEPS:
                return _shape(child)
    if isinstance(module, nn.ParallelTable):
        return [_shape(child) for child in module.children()]
    if isinstance(module, nn.WeightNorm) and isinstance(module.module, (nn.Linear, nn.Conv2d)):
        return _shape(module.module)
    if isinstance(module, (nn.Concat, nn.ConcatTable)):
        return _first_told(list(module.children()))
    if isinstance(module, nn.Graph):
        shapes = [_of_graph(module, i) for i in range(module.num_inputs)]
        return shapes if len(shapes) > 1 else shapes[0]
    raise _SilentError(f"{type(module).__name__} takes any shape")


def _first_told(modules: list[nn.Module], else_said: Sequence[str] = ()) -> Any:
    said = _SilentError(else_said[0] if else_said else "nothing takes it")
    for module in modules:
        try:
            return _shape(module)
        except _SilentError as error:
            said = error
    raise said


def _of_graph(graph: nn.Graph, place: int) -> Any:
    """The shape of what stands at a place of a graph: what a layer tells that takes it, or what is made of it alone."""
    found: list[nn.Module] = []
    joined: list[str] = []
    places = [place]
    while places:
        at = places.pop(0)
        for i, step in enumerate(graph.steps):
            if at not in step.sources or i < graph.num_inputs:
                continue
            module = None if step.module is None else graph._modules[step.module]
            if len(step.sources) > 1:
                joined.append(f"{type(module).__name__} takes any shape")
            elif module is None or type(module) in _KEEPS:
                places.append(i)
            else:
                found.append(module)
    try:
        return _first_told(found, joined)
    except _SilentError as error:
        name = graph.steps[place].name
        raise _SilentError(f"input {place}{'' if name is None else f' ({name})'} of the graph: {error}") from None
