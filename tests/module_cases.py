"""Every module and loss once, with what it takes: one list for forward, gradients, parity with Lua and `.t7` files.

The classes that Torch7 has stand in the registry (`lua_compat.mapping.spec.ClassSpec.examples`); what only Python has
is below. To add a class is to add a row in one of the two; a test fails while a public class has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import pytorch_from_lua as torch
from lua_compat.mapping.registry import REGISTRY
from lua_compat.mapping.spec import Example
from pytorch_from_lua import nn
from pytorch_from_lua.nn.protocol import tree_map
from pytorch_from_lua.tensor import Tensor

#: What is public in `nn` without being a module that can be built and run.
NO_MODULES = {
    *("Loss", "Module", "ModuleDict", "ModuleList", "Node", "Parameter", "ParameterDict", "ParameterList"),
    *("RNNBase", "Summary", "draw", "functional", "init", "summary", "to_dot", "utils"),
}

_IMAGE = ((2, 4, 6, 5),)

_ONE_SHAPE = ((3, 4),)
_VALUES = ((3, 4), "normal")
_THREE = ((3, 4), (3, 4), (3, 4))
_NONE = ((), "none")
_WEIGHTS = "tensor([1, 2, 0.5, 3], dtype='float64')"
#: Losses, and arguments of losses, that only PyTorch has.
_LOSSES: tuple[Example, ...] = (
    Example("", "nn.HuberLoss(delta=0.7)", _ONE_SHAPE, target=_VALUES),
    Example("", "nn.HuberLoss(reduction='none', delta=1.3)", _ONE_SHAPE, target=_VALUES),
    Example("", "nn.SmoothL1Loss(beta=0.6)", _ONE_SHAPE, target=_VALUES),
    Example("", "nn.SmoothL1Loss(beta=0, reduction='none')", _ONE_SHAPE, target=_VALUES),
    Example("", "nn.L1Loss(reduction='none')", _ONE_SHAPE, target=_VALUES),
    Example("", "nn.KLDivLoss(reduction='batchmean')", _ONE_SHAPE, target=((3, 4), "positive")),
    Example("", "nn.KLDivLoss(reduction='none', log_target=True)", _ONE_SHAPE, target=_VALUES),
    Example("", f"nn.BCELoss({_WEIGHTS}, reduction='none')", _ONE_SHAPE, "probabilities", ((3, 4), "probabilities")),
    Example("", "nn.BCEWithLogitsLoss()", _ONE_SHAPE, target=((3, 4), "bits")),
    Example(
        "",
        f"nn.BCEWithLogitsLoss({_WEIGHTS}, reduction='sum', pos_weight={_WEIGHTS})",
        _ONE_SHAPE,
        target=((3, 4), "probabilities"),
    ),
    Example("", "nn.SoftMarginLoss(reduction='none')", _ONE_SHAPE, target=((3, 4), "signs")),
    Example("", "nn.HingeEmbeddingLoss(0.4, reduction='none')", _ONE_SHAPE, target=((3, 4), "signs")),
    Example("", "nn.PoissonNLLLoss()", _ONE_SHAPE, target=((3, 4), "positive")),
    Example(
        "",
        "nn.PoissonNLLLoss(log_input=False, full=True, eps=1e-6, reduction='none')",
        _ONE_SHAPE,
        "positive",
        ((3, 4), "labels:5"),
    ),
    Example("", "nn.GaussianNLLLoss()", _THREE, "positive", _NONE),
    Example(
        "", "nn.GaussianNLLLoss(full=True, eps=0.4, reduction='none')", ((3, 4), (3, 4), (3, 1)), "positive", _NONE
    ),
    Example("", "nn.TripletMarginLoss()", _THREE, target=_NONE),
    Example("", "nn.TripletMarginLoss(2.5, p=1, swap=True, reduction='none')", _THREE, target=_NONE),
    Example("", "nn.TripletMarginWithDistanceLoss(margin=3.0, swap=True)", _THREE, target=_NONE),
    Example("", "nn.CosineEmbeddingLoss(-0.4, reduction='none')", ((3, 4), (3, 4)), target=((3,), "signs")),
    Example("", "nn.MarginRankingLoss(0.6, reduction='none')", ((3, 4), (3, 4)), target=((3, 4), "signs")),
    Example("", f"nn.MultiLabelSoftMarginLoss({_WEIGHTS}, reduction='none')", _ONE_SHAPE, target=((3, 4), "bits")),
    Example("", f"nn.MultiMarginLoss(2, 0.7, {_WEIGHTS}, reduction='none')", ((5, 4),), target=((5,), "labels:4")),
    Example("", "nn.MultiMarginLoss(reduction='none')", ((5, 4),), target=((5,), "labels:4")),
    Example("", "nn.MultiLabelMarginLoss(reduction='none')", ((3, 4),), target=((3, 4), "label sets")),
    *[
        Example("", f"nn.CrossEntropyLoss({weights}{how}, label_smoothing=0.3)", ((5, 4, 2),), target=target)
        for weights in (f"{_WEIGHTS}, ", "")
        for how in ("reduction='mean'", "reduction='none'", "reduction='sum'")
        for target in (((5, 2), "labels:4"), ((5, 4, 2), "probabilities"))
    ],
    Example(
        "",
        f"nn.CrossEntropyLoss({_WEIGHTS}, label_smoothing=0.3, ignore_index=1)",
        ((9, 4),),
        target=((9,), "labels:4"),
    ),
    Example("", "nn.CrossEntropyLoss(label_smoothing=0.1)", ((4,),), target=((), "labels:4")),
    Example("", "nn.NLLLoss(reduction='none')", ((2, 4, 3, 2),), target=((2, 3, 2), "labels:4")),
    Example("", "nn.CTCLoss(reduction='none')", ((4, 3, 4),), target=((), "sequences")),
    Example("", "nn.CTCLoss(blank=0, zero_infinity=True)", ((4, 3, 4),), target=((), "sequences")),
    Example("", "nn.WeightedMSELoss(tensor([1.0, 2.0, 3.0, 4.0]), reduction='none')", _ONE_SHAPE, target=_VALUES),
)

#: Small, for every weight is moved to see what it does to every gradient.
_RECURRENT: tuple[Example, ...] = (
    Example("", "nn.RNN(1, 2)", ((2, 1, 1),)),
    Example("", "nn.RNN(2, 1, 2, 'relu', bias=False, bidirectional=True)", ((2, 2, 2),)),
    Example("", "nn.LSTM(1, 1, batch_first=True)", ((2, 2, 1),)),
    Example("", "nn.LSTM(1, 2, bias=False, proj_size=1)", ((2, 1),)),
    Example("", "nn.GRU(1, 1)", ((2, 2, 1),)),
    Example("", "nn.GRU(1, 1, bias=False, bidirectional=True)", ((2, 1),)),
    Example("", "nn.RNNCell(2, 2)", ((2, 2),)),
    Example("", "nn.RNNCell(2, 2, bias=False, nonlinearity='relu')", ((2,),)),
    Example("", "nn.LSTMCell(2, 1)", ((2, 2),)),
    Example("", "nn.LSTMCell(2, 1, bias=False)", ((2,),)),
    Example("", "nn.GRUCell(2, 1)", ((2, 2),)),
    Example("", "nn.GRUCell(2, 1, bias=False)", ((2,),)),
)

#: Modules (and forms of them) that Torch7 has nothing for.
PYTHON_ONLY: tuple[Example, ...] = (
    Example("", "nn.Flatten()", ((2, 3, 4),)),
    Example("", "nn.Flatten(0, 1)", ((2, 3, 4),)),
    Example("", "nn.Unflatten(1, (3, 4))", ((2, 12),)),
    Example("", "nn.Unflatten(-1, (2, -1))", ((3, 6),)),
    Example("", "nn.BatchNorm2d(3, momentum=None)", ((4, 3, 2, 2),)),
    Example("", "nn.BatchNorm1d(3, track_running_stats=False)", ((4, 3),)),
    Example("", "nn.InstanceNorm1d(3)", ((2, 3, 4),)),
    Example("", "nn.InstanceNorm1d(3, affine=True, track_running_stats=True)", ((2, 3, 4),)),
    Example("", "nn.InstanceNorm2d(3)", ((2, 3, 2, 3),)),
    Example("", "nn.InstanceNorm2d(3, eps=1e-2)", ((3, 2, 3),)),
    Example("", "nn.InstanceNorm3d(3, momentum=0.3, track_running_stats=True)", ((2, 3, 2, 2, 2),)),
    Example("", "nn.LayerNorm(4)", ((2, 3, 4),)),
    Example("", "nn.LayerNorm((3, 4), eps=1e-2, bias=False)", ((2, 3, 4),)),
    Example("", "nn.RMSNorm(4)", ((2, 3, 4),)),
    Example("", "nn.RMSNorm((3, 4), eps=1e-2, elementwise_affine=False)", ((2, 3, 4),)),
    Example("", "nn.GroupNorm(2, 4)", _IMAGE),
    Example("", "nn.GroupNorm(4, 4, affine=False)", ((2, 4, 3),)),
    Example("", "nn.LocalResponseNorm(2, alpha=0.3)", ((2, 4, 3),)),
    Example("", "nn.LocalResponseNorm(5, alpha=0.3, beta=0.6, k=2.0)", _IMAGE),
    Example("", "nn.EmbeddingBag(10, 4)", ((3, 5),), "labels:10"),
    Example("", "nn.EmbeddingBag(10, 4, mode='sum', padding_idx=2)", ((3, 5),), "labels:10"),
    Example("", "nn.EmbeddingBag(10, 4, mode='max')", ((3, 2),), "labels:10"),
    Example("", "nn.SELU()"),
    Example("", "nn.CELU(0.5)"),
    Example("", "nn.CELU(inplace=True)"),
    Example("", "nn.GELU()"),
    Example("", "nn.GELU('tanh')"),
    Example("", "nn.SiLU()"),
    Example("", "nn.SiLU(inplace=True)"),
    Example("", "nn.Mish()"),
    Example("", "nn.Hardsigmoid()"),
    Example("", "nn.Hardswish()"),
    Example("", "nn.Softmax2d()", _IMAGE),
    Example("", "nn.Dropout1d(0.4)", ((2, 3, 4),)),
    Example("", "nn.Dropout3d(0.4)", ((2, 3, 2, 2, 2),)),
    Example("", "nn.AlphaDropout(0.4)"),
    Example("", "nn.FeatureAlphaDropout(0.4)", ((2, 3, 4),)),
    Example("", "nn.Conv2d(4, 4, (2, 3), stride=2, padding=(1, 0), dilation=(2, 1), groups=4, bias=False)", _IMAGE),
    Example("", "nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2)", ((2, 4, 9),)),
    Example("", "nn.Conv1d(3, 2, 2, padding='same', bias=False)", ((3, 5),)),
    Example("", "nn.Conv2d(4, 2, (3, 2), padding='same', dilation=(1, 3))", _IMAGE),
    Example("", "nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2)", ((2, 4, 3),)),
    Example("", "nn.ConvTranspose1d(2, 3, 2, output_padding=1, dilation=2)", ((2, 4),)),
    Example("", "nn.ConvTranspose2d(4, 2, 3, stride=2, dilation=(1, 2), groups=2, bias=False)", ((2, 4, 3, 2),)),
    Example("", "nn.ConvTranspose3d(2, 2, 2, stride=(1, 2, 1), groups=2)", ((2, 2, 2, 2),)),
    Example("", "nn.Conv1d(2, 3, 3, padding=2, padding_mode='circular')", ((2, 2, 5),)),
    Example("", "nn.Conv2d(4, 2, (2, 3), padding='same', padding_mode='reflect')", _IMAGE),
    Example("", "nn.Conv3d(2, 2, 2, padding=(1, 0, 1), padding_mode='replicate', stride=2)", ((2, 2, 3, 3, 2),)),
    Example("", "nn.Unfold((2, 3), dilation=2, padding=1, stride=(1, 2))", _IMAGE),
    Example("", "nn.Unfold(2)", ((2, 3, 4),)),
    Example("", "nn.Fold((4, 5), (2, 3), padding=(0, 1), stride=(2, 1))", ((2, 12, 10),)),
    Example("", "nn.Fold(3, 2)", ((4, 4),)),
    Example("", "nn.AvgPool2d(2, divisor_override=3)", _IMAGE),
    *[
        Example("", f"nn.{text}", shape)
        for shape, texts in (
            (
                ((2, 3, 7),),
                (
                    *("MaxPool1d(2)", "MaxPool1d(3, 2, 1, ceil_mode=True)", "MaxPool1d(2, 1, dilation=2)"),
                    *("AvgPool1d(3)", "AvgPool1d(3, 2, 1, True, False)", "LPPool1d(2, 3)", "LPPool1d(4, 2, 1, True)"),
                    *("AdaptiveAvgPool1d(3)", "AdaptiveMaxPool1d(3)", "AdaptiveAvgPool1d(9)", "AdaptiveMaxPool1d(1)"),
                    *("ReflectionPad1d((1, 2))", "ReplicationPad1d(2)", "CircularPad1d((0, 3))"),
                    *("ConstantPad1d((1, -2), 0.5)", "ZeroPad1d(1)", "Upsample(scale_factor=2, mode='linear')"),
                    *("Upsample(11, mode='linear', align_corners=True)", "Upsample(scale_factor=1.7)"),
                ),
            ),
            (
                _IMAGE,
                (
                    *("AdaptiveAvgPool2d((None, 2))", "AdaptiveMaxPool2d((2, None))", "CircularPad2d((1, 0, 2, 1))"),
                    "ConstantPad2d((1, 0, -1, 2), 2.5)",
                    *("Upsample((7, 3), mode='bilinear')", "Upsample(scale_factor=(1.5, 2.0), mode='bicubic')"),
                    "Upsample((9, 4), mode='bicubic', align_corners=True)",
                    "Upsample(scale_factor=0.7, mode='bilinear', recompute_scale_factor=True)",
                    *("Upsample((4, 3), mode='area')", "Upsample((4, 3), mode='nearest-exact')"),
                    *("UpsamplingNearest2d((7, 8))", "ChannelShuffle(2)"),
                ),
            ),
            (
                ((2, 2, 4, 3, 5),),
                (
                    *("AvgPool3d(3, 2, 1, True, False)", "LPPool3d(2, 2)"),
                    *("AvgPool3d((2, 1, 2), divisor_override=3)", "AdaptiveAvgPool3d((2, None, 3))"),
                    *("AdaptiveMaxPool3d((3, 2, 2))", "ConstantPad3d(1, -0.5)", "ZeroPad3d((0, 1, 0, 0, 2, 1))"),
                    *(
                        "ReflectionPad3d((1, 2, 0, 1, 3, 0))",
                        "CircularPad3d(1)",
                    ),
                    "Upsample(scale_factor=1.5, mode='trilinear')",
                ),
            ),
        )
        for text in texts
    ],
    Example("", "nn.PixelUnshuffle(2)", ((2, 3, 4, 6),)),
    Example("", "nn.Padding(-1, 2, index=1)", ((2, 3),)),
    Example("", "unpooled(nn.MaxUnpool1d(2), nn.MaxPool1d(2, return_indices=True))", ((2, 3, 6),)),
    Example("", "unpooled(nn.MaxUnpool2d(2), nn.MaxPool2d(2, return_indices=True))", ((2, 3, 4, 5),)),
    Example("", "unpooled(nn.MaxUnpool3d(2, 2, 1), nn.MaxPool3d(2, 2, 1, return_indices=True))", ((2, 2, 4, 3, 5),)),
    Example("", "nn.Softmax(2)", ((2, 3, 4),)),
    Example("", "nn.LogSoftmax(-1)", ((2, 3, 4),)),
    Example("", "nn.Softmin(0)", ((3, 4),)),
    Example("", "nn.Dropout2d(0.4)", _IMAGE),
    Example("", "nn.Narrow(1, -2, 2)", ((2, 5),)),
    Example("", "nn.MSELoss(reduction='none')", ((3, 4),), target=((3, 4), "normal")),
    Example("", "nn.CrossEntropyLoss(reduction='none')", ((5, 4),), target=((5,), "labels:4")),
    *_LOSSES,
    *_RECURRENT,
)
#: Forms that Torch7 has, beside those that the registry shows.
MORE: tuple[Example, ...] = (
    Example("", "nn.CrossMapLRN2d(4, alpha=0.3)", _IMAGE),
    Example("", "nn.GLU(0)"),
    Example("", "nn.MaxPool3d(2, 1, dilation=(2, 1, 1))", ((2, 2, 4, 3, 5),)),
    Example("", "nn.ReplicationPad3d((2, 0, 1, 1, 0, 3))", ((2, 2, 4, 3, 5),)),
    Example("", "nn.ReflectionPad2d((-1, 2, 0, 1))", _IMAGE),
    Example("", "nn.PixelShuffle(2)", ((2, 1, 4, 2, 3),)),
    Example("", "nn.LPPool2d(3, 2)", _IMAGE, "positive"),
    Example(
        "",
        "nn.FractionalMaxPool2d(2, 3, _random_samples=tensor([[[0.1, 0.7]] * 4] * 2, 'float64').view(2, 4, 2))",
        _IMAGE,
    ),
    Example("", "nn.Conv3d(4, 2, (1, 2, 3), padding=(0, 1, 1), groups=2)", ((2, 4, 2, 3, 3),)),
    Example("", "nn.Conv2d(4, 6, 3, groups=2)", _IMAGE),
    Example("", "nn.BatchNorm1d(3)", ((4, 3, 5),)),
    Example("", "nn.Embedding(10, 4, scale_grad_by_freq=True)", ((7,),), "labels:10"),
    Example("", "nn.Linear(5, 3)", ((2, 4, 5),)),
    Example(
        "", "nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.View(-1, num_input_dims=3))", ((2, 3, 5, 5),)
    ),
    Example("", "nn.CrossEntropyLoss(ignore_index=2, reduction='sum')", ((5, 4),), target=((5,), "labels:4")),
    Example("", f"nn.CrossEntropyLoss({_WEIGHTS}, ignore_index=1)", ((5, 4, 2),), target=((5, 2), "labels:4")),
    Example("", f"nn.NLLLoss({_WEIGHTS}, ignore_index=1)", ((2, 4, 3, 2),), target=((2, 3, 2), "labels:4")),
    Example("", "nn.SmoothL1Loss(reduction='sum')", ((3, 4),), target=((3, 4), "normal")),
    Example("", "nn.MultiMarginLoss(p=2, margin=0.5)", ((5, 4),), target=((5,), "labels:4")),
    Example("", "nn.MultiLabelMarginLoss(reduction='sum')", ((4,),), target=((4,), "label sets")),
)
#: Classes of Torch7 that have no form without a batch, in either language, whose samples would be rows.
NO_SINGLE = {
    **dict.fromkeys(
        ("nn.BatchNormalization", "nn.SpatialBatchNormalization", "nn.VolumetricBatchNormalization"),
        "statistics are those of a batch",
    ),
    **dict.fromkeys(
        ("nn.Concat", "nn.DepthConcat", "nn.Parallel", "nn.Transpose", "nn.Narrow", "nn.Max", "nn.Mean", "nn.Min"),
        "its dimension is a number, which is another one without the batch",
    ),
    **dict.fromkeys(
        ("nn.FlattenTable", "nn.NarrowTable", "nn.ZipTable", "nn.ZipTableOneToMany"), "looks at tables, not at tensors"
    ),
    **dict.fromkeys(("nn.Index", "nn.MaskedSelect", "nn.Collapse"), "takes all dimensions as they come"),
    "nn.FeatureLPPooling": "the number of dimensions and an option together tell where features are",
    "nn.LayerNormalization": "Torch7 takes the means of a batch from the wrong samples",
    "nn.ModuleFromCriterion": "gives one number for a batch",
    "nn.SpatialFractionalMaxPooling": "each sample of a batch draws regions of its own",
    "nn.UpSampling": "takes batches only",
}
#: Losses whose gradient cannot be differentiated again, and says so.
FIRST_ORDER: set[str] = {"CTCLoss"}
#: Modules that are called with two tensors; a list of them is taken as well.
OF_TWO = {"Bilinear", "CosineSimilarity", "PairwiseDistance"}
#: Modules whose gradient is not the derivative, on purpose.
OWN_GRADIENT = {"GradientReversal", "L1Penalty", "ZeroGrad"}
#: Modules that do something else in training than in evaluation.
WITH_MODES = {
    *("AlphaDropout", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d"),
    *("FeatureAlphaDropout", "InstanceNorm1d", "InstanceNorm3d", "RReLU", "WhiteNoise"),
}


def drawn(shape: tuple[int, ...], values: str, random: np.random.RandomState) -> np.ndarray[Any, Any]:
    """Values of a kind, as Python takes them (`Example.values`); labels and sets of labels count from 0."""
    kind, _, count = values.partition(":")
    if kind == "normal":
        return random.standard_normal(shape)
    if kind == "positive":
        return random.uniform(0.1, 1.1, shape)
    if kind == "probabilities":
        return random.uniform(0.05, 0.95, shape)
    if kind == "signs":
        return random.choice([-1.0, 1.0], shape)
    if kind == "mask":
        return random.randint(0, 2, shape).astype(bool)
    if kind == "bits":
        return random.randint(0, 2, shape).astype(np.float64)
    if kind == "labels":
        return random.randint(0, int(count), shape)
    if kind == "label sets":
        rows = np.full(shape, -1, np.int64)
        for k, row in enumerate(rows.reshape(-1, shape[-1])):
            chosen = random.permutation(shape[-1])[: 1 + k % (shape[-1] - 1)]
            row[: len(chosen)] = chosen
        return rows
    raise ValueError(f"values: there is no kind {values!r}")


@contextmanager
def doubles() -> Iterator[None]:
    """New parameters are of float64 within the block."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


class Unpooled(nn.Module):
    """What goes through max pooling and back."""

    def __init__(self, unpool: Any, pool: Any) -> None:
        super().__init__()
        self.unpool, self.pool = unpool, pool

    def forward(self, input: Any) -> Any:
        values, places = self.pool(input)
        return self.unpool(values, places, input.shape)


def unpooled(unpool: Any, pool: Any) -> Any:
    """The two of them as one module, under the name of the first."""
    return type(type(unpool).__name__, (Unpooled,), {})(unpool, pool)


@dataclass(frozen=True)
class Case:
    """A module, how it is said in both languages, and what it takes."""

    example: Example
    torch7: str | None = None

    @property
    def python(self) -> str:
        """The expression that builds it."""
        return self.example.python

    @property
    def class_name(self) -> str:
        """The name of its Python class: the registry's, or the one that the expression names first."""
        if self.torch7 is not None:
            return REGISTRY[self.torch7].python.__name__
        found: str = re.findall(r"nn\.(\w+)", self.python)[0]
        return found

    @property
    def is_loss(self) -> bool:
        """Whether it is a loss, which most take a target too."""
        return self.example.target is not None

    @property
    def takes_each(self) -> bool:
        """Whether it is called with each input by itself, not with a list of them."""
        found = getattr(nn, self.class_name)
        return self.class_name in OF_TWO or (issubclass(found, nn.Loss) and found._of is not nn.Loss._of)

    @property
    def has_gradient_of_target(self) -> bool:
        """Whether it is a loss as a module, whose target has a gradient in Python and none in Lua."""
        return self.class_name in ("LossTable", "ModuleFromLoss")

    @property
    def works_in_place(self) -> bool:
        """Whether it may write over its input."""
        return "inplace=True" in self.python

    @property
    def looks_up(self) -> bool:
        """Whether its input is indices, which have no gradient."""
        return self.example.values.startswith("labels")

    def in_lua(self, output: Any) -> Any:
        """An output as Lua has it, where numbers of centres count from 1."""
        return output + 1 if self.class_name == "Kmeans" else output

    @property
    def has_own_gradient(self) -> bool:
        """Whether what counts as its gradient is, as asked for, not the derivative."""
        if self.class_name == "EmbeddingBag":
            return False
        return "padding_idx=" in self.python or "scale_grad_by_freq=" in self.python or self.class_name in OWN_GRADIENT

    @property
    def modes(self) -> tuple[bool, ...]:
        """The values of ``training`` under which it behaves differently."""
        return (True, False) if self.class_name in WITH_MODES else (True,)

    def build(self, seed: int = 5) -> Any:
        """The module, of float64, from the random stream of the seed."""
        torch.manual_seed(seed)
        with doubles():
            return eval(self.python, {"nn": nn, "tensor": torch.tensor, "unpooled": unpooled})

    def arrays(self, seed: int = 3) -> list[np.ndarray[Any, Any]]:
        """The inputs, one array each."""
        random = np.random.RandomState(seed)
        shapes, values = self.example.inputs, self.example.values.split(";")
        each = values if len(values) > 1 else values * len(shapes)
        return [drawn(shape, kind, random) for shape, kind in zip(shapes, each, strict=True)]

    def nested(self, tensors: Sequence[Any]) -> Any:
        """The one tensor, or a list of them, nested as the example says."""

        def at(place: Any) -> Any:
            return [at(p) for p in place] if isinstance(place, tuple) else tensors[place]

        if self.example.nesting is not None:
            return at(self.example.nesting)
        return list(tensors) if len(tensors) > 1 else tensors[0]

    @property
    def nesting_in_lua(self) -> str:
        """A statement that tells `H.given` of it."""

        def at(place: Any) -> str:
            return "{" + ", ".join(map(at, place)) + "}" if isinstance(place, tuple) else str(place + 1)

        return f"H.nesting = {'nil' if self.example.nesting is None else at(self.example.nesting)}"

    def input(self, seed: int = 3) -> Any:
        """The input: a tensor, or a list of them."""
        return self.nested([Tensor.from_array(a) for a in self.arrays(seed)])

    def target(self, seed: int = 4) -> Any:
        """The target of a loss; None for one that has none."""
        assert self.example.target is not None
        shape, values = self.example.target
        if values == "none":
            return None
        if values == "sequences":  # labels of three sequences of four steps, and the lengths of both
            parts = ([[1, 2], [2, 2], [3, 0]], [4, 3, 4], [2, 2, 1])
            return [Tensor.from_array(np.array(part)) for part in parts]
        return Tensor.from_array(drawn(shape, values, np.random.RandomState(seed)))

    def run(self, module: Any, input: Any, seed: int = 11) -> Any:
        """The output, with what is random drawn from the seed; a target is of the input's type."""
        torch.manual_seed(seed)
        if not self.is_loss:
            return module(input)
        like = input[0] if isinstance(input, list) else input

        def alike(t: Tensor) -> Tensor:
            return (t.to(like.dtype) if t.dtype.is_floating_point else t).to(like.device)

        return module._of(input, tree_map(alike, self.target()))

    def __str__(self) -> str:
        shapes = "x".join(str(shape).replace(" ", "") for shape in self.example.inputs)
        target = "" if self.example.target is None else f"-{self.example.target[1]}"
        return f"{self.torch7 or 'python'}-{self.python.replace(' ', '')}-{shapes}{target}"


FROM_REGISTRY = [Case(example, name) for name, spec in REGISTRY.items() for example in spec.examples]
CASES = [*FROM_REGISTRY, *[Case(example) for example in (*MORE, *PYTHON_ONLY)]]
WITHOUT_TORCH7 = [Case(example) for example in PYTHON_ONLY]
