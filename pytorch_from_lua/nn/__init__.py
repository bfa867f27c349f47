"""Layers, containers and losses: PyTorch's names, and Torch7's where PyTorch has none."""

from pytorch_from_lua.nn import functional, init
from pytorch_from_lua.nn.activation import (
    ELU,
    Abs,
    AddConstant,
    Clamp,
    Exp,
    Hardshrink,
    Hardtanh,
    LeakyReLU,
    Log,
    LogSigmoid,
    LogSoftmax,
    MulConstant,
    Power,
    PReLU,
    ReLU,
    ReLU6,
    RReLU,
    Sigmoid,
    Softmax,
    Softmin,
    Softplus,
    Softshrink,
    Softsign,
    Sqrt,
    Square,
    Tanh,
    Tanhshrink,
    Threshold,
)
from pytorch_from_lua.nn.containers import (
    Concat,
    ConcatTable,
    MapTable,
    ModuleDict,
    ModuleList,
    Parallel,
    ParallelTable,
    Sequential,
)
from pytorch_from_lua.nn.convolution import Conv2d
from pytorch_from_lua.nn.dropout import Dropout, Dropout2d
from pytorch_from_lua.nn.linear import Add, CAdd, CMul, Identity, Linear, Mul
from pytorch_from_lua.nn.loss import (
    BCELoss,
    CrossEntropyLoss,
    HingeEmbeddingLoss,
    KLDivLoss,
    L1Loss,
    Loss,
    MarginLoss,
    MSELoss,
    MultiLabelMarginLoss,
    MultiLoss,
    MultiMarginLoss,
    NLLLoss,
    ParallelLoss,
    SmoothL1Loss,
    SoftMarginLoss,
)
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from pytorch_from_lua.nn.parameter import Parameter
from pytorch_from_lua.nn.pooling import AvgPool2d, MaxPool2d, ZeroPad2d
from pytorch_from_lua.nn.shape import (
    Contiguous,
    Copy,
    Flatten,
    Max,
    Mean,
    Min,
    Narrow,
    Replicate,
    Reshape,
    Select,
    Squeeze,
    Sum,
    Transpose,
    Unflatten,
    Unsqueeze,
    View,
)
from pytorch_from_lua.nn.sparse import Embedding
from pytorch_from_lua.nn.table import (
    CAddTable,
    CDivTable,
    CMaxTable,
    CMinTable,
    CMulTable,
    CSubTable,
    FlattenTable,
    JoinTable,
    NarrowTable,
    SelectTable,
    SplitTable,
)

__all__ = [name for name in dir() if name[0].isupper()] + ["functional", "init"]
