"""Layers, activations and losses as functions under PyTorch's names; imported as ``F``. A file a family.

Every function records what it does where an argument requires a gradient. ``inplace=True`` changes the input itself.
"""

from pytorch_from_lua.nn.functional.activation import (
    elu,
    hardshrink,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    prelu,
    relu,
    relu6,
    rrelu,
    sigmoid,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from pytorch_from_lua.nn.functional.class_loss import cross_entropy, multi_margin_loss, multilabel_margin_loss, nll_loss
from pytorch_from_lua.nn.functional.convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from pytorch_from_lua.nn.functional.distance import cosine_similarity
from pytorch_from_lua.nn.functional.dropout import dropout, dropout2d
from pytorch_from_lua.nn.functional.linear import embedding, linear, one_hot
from pytorch_from_lua.nn.functional.loss import (
    binary_cross_entropy,
    hinge_embedding_loss,
    kl_div,
    l1_loss,
    margin_loss,
    mse_loss,
    smooth_l1_loss,
    soft_margin_loss,
)
from pytorch_from_lua.nn.functional.normalization import batch_norm, normalize
from pytorch_from_lua.nn.functional.padding import pad
from pytorch_from_lua.nn.functional.pooling import avg_pool2d, max_pool2d

__all__ = [
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "dropout2d",
    "elu",
    "embedding",
    "hardshrink",
    "hardtanh",
    "hinge_embedding_loss",
    "kl_div",
    "l1_loss",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "margin_loss",
    "max_pool2d",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "prelu",
    "relu",
    "relu6",
    "rrelu",
    "sigmoid",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]
