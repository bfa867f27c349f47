"""The PyTorch expression of a module: its class there, or a small class of ``classes/`` where PyTorch has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from lua_compat.errors import ExportError
from lua_compat.export.pytorch.call import Call, literal
from lua_compat.export.pytorch.flow import Flow, flow_of
from lua_compat.export.pytorch.plain import SIGNATURES
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Tensor


class Writer:
    """Says modules as calls, and keeps what it learns of several that belong together.

    Args:
        flow: by the ``id`` of a module, the shapes of its input and output.
        batches: whether inputs whose shapes are not known are taken for batches, as PyTorch takes them. False writes
            what is right in either case.
    """

    def __init__(self, flow: Flow | None = None, batches: bool = True) -> None:
        self.flow: Flow = {} if flow is None else flow
        self.batches = batches
        self.refused: dict[int, str] = {}
        self._bound: dict[int, str] = {}
        self._times: dict[int, int] = {}
        self.before: dict[int, Module] = {}

    def module(self, module: Module) -> Call:
        """The call that makes a module like this one.

        What cannot be said is left in ``refused``, each with its place.
        """
        self.count(module)
        return self.one(module)

    def dims(self, module: Module) -> int | None:
        """How many dimensions the module's input has, where that is known."""
        shape = self.shape(module)
        return None if shape is None else len(shape)

    def shape(self, module: Module) -> tuple[int, ...] | None:
        """The shape of the module's input, where it is one tensor and known."""
        known = self.flow.get(id(module))
        return known[0] if known is not None and isinstance(known[0], tuple) else None

    def count(self, module: Module) -> None:
        """How many places each module has: one with several is made once and given a name."""
        self._times[id(module)] = self._times.get(id(module), 0) + 1
        if self._times[id(module)] == 1:
            for below in module._modules.values():
                if below is not None:
                    self.count(below)
            self._follow(module)
            pooling = module.__dict__.get("pooling")
            if isinstance(pooling, Module):
                self.count(pooling)

    def _follow(self, module: Module) -> None:
        """Which module each one's input comes from, those left out that keep its dimensions."""
        if isinstance(module, nn.Sequential):
            pairs: Iterable[tuple[Any, Any]] = pairwise(module)
        elif isinstance(module, nn.Graph):
            steps = [(s, module.steps[s.sources[0]]) for s in module.steps if len(s.sources) == 1]
            made = [(module._modules[a.module], module._modules[b.module]) for b, a in steps if a.module and b.module]
            pairs = made
        else:
            return
        for first, second in pairs:
            before = self.before.get(id(first)) if isinstance(first, _KEEP_DIMENSIONS) else first
            if before is not None:
                self.before[id(second)] = before

    def one(self, module: Module) -> Call:
        key = id(module)
        if key in self._bound:
            return Call(self._bound[key], called=False)
        call = self._made(module)
        if self._times.get(key, 1) > 1 and _has_state(module):
            name = f"shared_{len(self._bound) + 1}"
            self.name(module, name)
            call = Call(call.name, call.arguments, name, call.called)
        return call

    def name(self, module: Module, name: str) -> None:
        """From now on the module, which is made already, is this name."""
        self._bound[id(module)] = name

    def _made(self, module: Module) -> Call:
        rule = RULES.get(type(module))
        if rule is not None:
            return rule(module, self)
        signature = SIGNATURES.get(type(module).__name__)
        if signature is None or getattr(nn, type(module).__name__, None) is not type(module):
            name = getattr(module, "class_name", type(module).__name__)
            self.refused[id(module)] = name
            return Call(name)
        return signature.call(module, self.nested, self.tensor)

    def tensor(self, value: Tensor) -> str:
        """The expression of a tensor among a module's arguments."""
        return literal(value)

    def nested(self, module: Module) -> Call:
        """A module below another, which hands it what it takes as one value: a pair comes as a list."""
        call = self.one(module)
        if type(module) is nn.Bilinear:  # its parameters keep their names
            return Call("BilinearOfPair", call.arguments, call.bound, call.called)
        return Call("OfPair", ((None, call),)) if isinstance(module, OF_PAIRS) else call


#: Modules whose output has as many dimensions as their input, in the same order.
_KEEP_DIMENSIONS = (
    *(nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Dropout, nn.LeakyReLU, nn.ELU, nn.PReLU, nn.BatchNorm1d, nn.BatchNorm2d),
    *(nn.MulConstant, nn.AddConstant, nn.Identity, nn.Mul, nn.Add, nn.Threshold, nn.Hardtanh, nn.MaxPool2d),
    *(nn.AvgPool2d, nn.Dropout2d, nn.CrossMapLRN2d),
)

#: What PyTorch calls with two tensors, and Torch7 with a table of two.
OF_PAIRS: tuple[type[Module], ...] = (
    *(nn.CosineSimilarity, nn.PairwiseDistance, nn.CosineEmbeddingLoss, nn.MarginRankingLoss),
    *(nn.L1HingeEmbeddingLoss, nn.DistanceRatioLoss),
)


def expression(module: Module, *, input: Any = None) -> str:
    """The PyTorch expression of a module or loss: ``nn`` is ``torch.nn``.

    A class that PyTorch lacks is called by the name of a class of `sources`, which the source of a model brings with
    it. Labels and indices count from 0 in PyTorch.

    Args:
        module: any module of ``pytorch_from_lua.nn``.
        input: the shape of an input, or a list of shapes, where that says more: whether there is a batch, say.
            Without it the first dimension is taken for one.

    Raises:
        ExportError: for modules of other classes, all of them in one message with their places.

    >>> from pytorch_from_lua import nn
    >>> expression(nn.Conv2d(3, 8, 5))
    'nn.Conv2d(3, 8, kernel_size=5)'
    >>> expression(nn.ConcatTable(nn.Linear(4, 2), nn.Identity()))
    'ConcatTable(nn.Linear(4, 2), nn.Identity())'
    """
    writer = Writer(None if input is None else flow_of(module, input))
    call = writer.module(module)
    check(writer, module)
    return str(call)


def check(writer: Writer, module: Module) -> None:
    """Raises where something in the module could not be said.

    Raises:
        ExportError: with all of it, and the places.
    """
    if writer.refused:
        places: dict[int, str] = {}
        for path, below in module.named_modules():
            places.setdefault(id(below), path or "the top")
        told = [f"{name} at {places[key]}" if key in places else name for key, name in writer.refused.items()]
        raise ExportError(f"PyTorch: no form is known for {', '.join(told)}")


def _has_state(module: Module) -> bool:
    """Whether it matters that it is one and the same at several places."""
    held = [(m, (*m._parameters.values(), *m._buffers.values())) for m in module.modules()]
    return any(getattr(m, "keeps_places", False) or any(t is not None for t in tensors) for m, tensors in held)


# -- classes whose arguments alone do not say it -----------------------------------------------------------------------

Rule = Callable[[Any, Writer], Call]


def _call(name: str, *by_place: Any, **by_name: Any) -> Call:
    said: list[tuple[str | None, str | Call]] = [(None, a if isinstance(a, Call) else literal(a)) for a in by_place]
    said += [(n, a if isinstance(a, Call) else literal(a)) for n, a in by_name.items()]
    return Call(name, tuple(said))


def _given(**options: tuple[Any, Any]) -> dict[str, Any]:
    """The options that are not what they are where left out."""
    return {name: value for name, (value, default) in options.items() if value != default}


def _dropout(module: Any, writer: Writer) -> Call:
    name = f"nn.{type(module).__name__}"
    planes = type(module) is nn.Dropout2d and writer.dims(module) == 3
    call = _call("nn.Dropout1d" if planes else name, module.p, **_given(inplace=(module.inplace, False)))
    return call if module.scale_in_training else Call("ScaledInEvaluation", ((None, call),))


def _over_dim(module: Any, writer: Writer) -> Call:
    name = type(module).__name__
    if module.dim is not None:
        return _call(f"nn.{name}", dim=module.dim)
    dims = writer.dims(module)
    if dims is None and not writer.batches:
        before = writer.before.get(id(module))
        if isinstance(before, nn.Linear):  # of one vector, or of a batch of them
            return _call(f"nn.{name}", dim=-1)
        return _call(f"nn.{name}", dim=-3) if isinstance(before, nn.Conv2d) else Call(f"{name}OfChannels")
    return _call(f"nn.{name}", dim=0 if dims in (1, 3) else 1)


def _response_norm(module: Any, writer: Writer) -> Call:
    dims = writer.dims(module)
    known = dims == 4 or (dims is None and writer.batches)
    name = "nn.LocalResponseNorm" if module.size % 2 == 1 and known else "CrossMapLRN2d"
    options = _given(alpha=(module.alpha, 1e-4), beta=(module.beta, 0.75), k=(module.k, 1))
    return _call(name, module.size, **options)


def _view(module: Any, writer: Writer) -> Call:
    """Flattened samples of a batch, where that is what it is; else the class that decides as Torch7 does."""
    known = writer.flow.get(id(module))
    if known is not None and len(module.sizes) == 1:
        given, made = known
        if isinstance(given, tuple) and len(given) > 2 and given[0] > 1 and len(made) == 2 and made[0] == given[0]:
            return Call("nn.Flatten")
    signature = SIGNATURES[type(module).__name__]
    return signature.call(module, writer.nested)


def _copy(module: Any, writer: Writer) -> Call:
    from pytorch_from_lua.tensor.dtype import DType

    return Call("Copy") if module.dtype is None else Call("Copy", ((None, f"torch.{DType.of(module.dtype).name}"),))


def _layer_norm(module: Any, writer: Writer) -> Call:
    shape = module.normalized_shape
    affine = module.elementwise_affine
    options = _given(eps=(module.eps, 1e-5), elementwise_affine=(affine, True))
    options.update(_given(bias=(module.bias is not None or not affine, True)))
    return _call("nn.LayerNorm", shape[0] if len(shape) == 1 else shape, **options)


def _pairwise(module: Any, writer: Writer) -> Call:
    return _call("nn.PairwiseDistance", p=module.norm, eps=module.eps, **_given(keepdim=(module.keepdim, False)))


def _cosine(module: Any, writer: Writer) -> Call:
    return _call("nn.CosineSimilarity", **_given(dim=(module.dim, 1), eps=(module.eps, 1e-8)))


def _upsample(module: Any, writer: Writer) -> Call:
    options = _given(size=(module.size, None), scale_factor=(module.scale_factor, None), mode=(module.mode, "nearest"))
    options = {n: v[0] if isinstance(v, tuple) and len(set(v)) == 1 else v for n, v in options.items()}
    options.update(_given(align_corners=(module.align_corners, None)))
    options.update(_given(recompute_scale_factor=(module.recompute_scale_factor, None)))
    return _call("nn.Upsample", **options)


def _by_table(module: Any, writer: Writer) -> Call:
    rows = [tuple(row) for row in module.connections.tolist()]
    size, step = module.kernel_size, module.stride
    options: dict[str, Any] = {"kernel_size": size[0] if len(set(size)) == 1 else size}
    options.update(_given(stride=(step[0] if len(set(step)) == 1 else step, 1)))
    return _call(type(module).__name__, rows, **options)


def _pooling(module: Any, writer: Writer) -> Call:
    """Max pooling; what undoes it elsewhere needs the places."""
    call = SIGNATURES[type(module).__name__].call(module, writer.nested)
    return Call("Placed" + type(module).__name__, call.arguments) if module.keeps_places else call


def _unpooling(module: Any, writer: Writer) -> Call:
    return Call(type(module).__name__, ((None, writer.one(module.pooling)),))


def _passed_on(module: Any, writer: Writer) -> Call:
    return Call("nn.Sequential", tuple([(None, writer.nested(m)) for m in module]))


def _partial(module: Any, writer: Writer) -> Call:
    options = _given(bias=(module.bias is not None, True), partition=(module.partition, None))
    return _call("PartialLinear", module.input_size, module.output_size, **options)


def _fractional(module: Any, writer: Writer) -> Call:
    call = SIGNATURES[type(module).__name__].call(module, writer.nested, writer.tensor)
    if module._random_samples is None or module.fixed_regions:
        return call
    return Call(call.name, tuple([(n, a) for n, a in call.arguments if n != "_random_samples"]))


def _ranking(module: Any, writer: Writer) -> Call:
    name = "MarginRankingLoss" if module.reduction == "batchmean" else "nn.MarginRankingLoss"
    return _call(name, **_given(margin=(module.margin, 0.0), reduction=(module.reduction, "mean")))


def _soft_margins(module: Any, writer: Writer) -> Call:
    summed = module.sum_classes and module.reduction == "sum"
    weight = () if module.weight is None else (("weight", writer.tensor(module.weight)),)
    reduction = _call("", **_given(reduction=(module.reduction, "mean")))
    return Call(
        "SummedMultiLabelSoftMarginLoss" if summed else "nn.MultiLabelSoftMarginLoss", (*weight, *reduction.arguments)
    )


def _with_distance(module: Any, writer: Writer) -> Call:
    if module.distance_function is not None:
        writer.refused[id(module)] = "TripletMarginWithDistanceLoss with a distance_function of its own"
    options = _given(margin=(module.margin, 1.0), swap=(module.swap, False), reduction=(module.reduction, "mean"))
    return _call("nn.TripletMarginWithDistanceLoss", **options)


def _combined(module: Any, writer: Writer) -> Call:
    said = [(None, writer.nested(loss)) for loss in module._modules.values()]
    options = _given(repeat_target=(getattr(module, "repeat_target", False), False))
    if set(module.weights) != {1.0}:
        options = {"weights": list(module.weights), **options}
    return Call(type(module).__name__, (*said, *[(n, literal(v)) for n, v in options.items()]))


def _module_loss(module: Any, writer: Writer) -> Call:
    given = {n: getattr(module, n) for n in ("input_module", "target_module")}
    options = {n: writer.nested(m) for n, m in given.items() if m is not None}
    return _call("ModuleLoss", writer.nested(module.criterion), **options)


def _graph(module: Any, writer: Writer) -> Call:
    """A graph as data; the source of a model has its steps as code."""
    said: list[tuple[str | None, str | Call]] = [(None, writer.nested(m)) for m in module._modules.values()]
    numbers = {name: i for i, name in enumerate(module._modules)}
    steps = []
    for step in module.steps[module.num_inputs :]:
        part = None if step.part is None else step.part[0]
        steps.append((None if step.module is None else numbers[step.module], step.sources, part))
    options = {"inputs": module.num_inputs, "steps": steps, "outputs": module.outputs}
    return Call("Graph", (*said, *[(n, literal(v)) for n, v in options.items()]))


def _loss_table(module: Any, writer: Writer) -> Call:
    return _call(type(module).__name__, writer.nested(module.criterion))


RULES: dict[type[Module], Rule] = {
    **dict.fromkeys((nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d), _dropout),
    **dict.fromkeys((nn.Softmax, nn.LogSoftmax, nn.Softmin), _over_dim),
    **dict.fromkeys((nn.View, nn.Reshape), _view),
    **dict.fromkeys((nn.Upsample, nn.UpsamplingNearest2d, nn.UpsamplingBilinear2d), _upsample),
    **dict.fromkeys((nn.SpatialConvolutionMap, nn.SpatialFullConvolutionMap), _by_table),
    **dict.fromkeys((nn.MaxPool2d, nn.MaxPool3d), _pooling),
    **dict.fromkeys((nn.SpatialMaxUnpooling, nn.VolumetricMaxUnpooling), _unpooling),
    **dict.fromkeys((nn.Decorator, nn.GPU, nn.Maxout), _passed_on),
    **dict.fromkeys((nn.FractionalMaxPool2d, nn.FractionalMaxPool3d), _fractional),
    **dict.fromkeys((nn.MultiLoss, nn.ParallelLoss), _combined),
    **dict.fromkeys((nn.LossTable, nn.ModuleFromLoss), _loss_table),
    nn.CrossMapLRN2d: _response_norm,
    nn.Graph: _graph,
    nn.Copy: _copy,
    nn.LayerNorm: _layer_norm,
    nn.PairwiseDistance: _pairwise,
    nn.CosineSimilarity: _cosine,
    nn.PartialLinear: _partial,
    nn.MarginRankingLoss: _ranking,
    nn.MultiLabelSoftMarginLoss: _soft_margins,
    nn.TripletMarginWithDistanceLoss: _with_distance,
    nn.ModuleLoss: _module_loss,
}
