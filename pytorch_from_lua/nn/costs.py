"""How many multiply-adds the modules of each class take, in one table.

Counted are products of matrices, convolutions and normalisations (one for each element), as published figures do. A
bias is not, and what takes elements one by one (activations, sums of tables, pooling, dropout) counts as nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pytorch_from_lua.nn.protocol import tree_leaves


def elements(value: Any) -> int:
    """The number of elements of a tensor or of all tensors of a table."""
    return sum(math.prod(t.shape) for t in tree_leaves(value))


def _by_output(module: Any, inputs: Any, output: Any) -> int:
    """A dot product with a row of the weight for each element of the output."""
    return elements(output) * (elements(module.weight) // int(module.weight.shape[0]))


def _by_input(module: Any, inputs: Any, output: Any) -> int:
    """Each element of the input times a row of the weight: a transposed convolution."""
    return elements(inputs) * (elements(module.weight) // int(module.weight.shape[0]))


def _once_an_element(module: Any, inputs: Any, output: Any) -> int:
    return elements(output)


def _matrix_product(module: Any, inputs: Any, output: Any) -> int:
    first = next(tree_leaves(inputs))
    turned = getattr(module, "trans_a", False) or getattr(module, "trans", False)
    return elements(output) * int(first.shape[-2 if turned else -1])


def _each_template(module: Any, inputs: Any, output: Any) -> int:
    """The columns of the weight compared with the input."""
    return elements(output) * int(module.weight.shape[0])


def _all_of_the_weight(module: Any, inputs: Any, output: Any) -> int:
    """The weight once for each sample: every element of it meets one of the input."""
    batch = elements(output) // max(1, output.shape[-1])
    return int(batch * elements(module.weight))


def _places(value: Any, dims: int) -> int:
    """How many places the planes of a value have, over all samples."""
    first = next(tree_leaves(value))
    return elements(first) // max(1, int(first.shape[-dims - 1]))


def _at_each_place(module: Any, inputs: Any, output: Any) -> int:
    """Every element of the weight once for each place of the output's planes."""
    return _places(output, 2) * elements(module.weight)


def _at_each_place_of_the_input(module: Any, inputs: Any, output: Any) -> int:
    return _places(inputs, 2) * elements(module.weight)


def _once_a_sample(module: Any, inputs: Any, output: Any) -> int:
    """A weight of its own for each place: every element of it once for each sample."""
    return elements(output) // int(math.prod(output.shape[-3:])) * elements(module.weight)


def _recurrent(module: Any, inputs: Any, output: Any) -> int:
    """Every matrix once for each step of each sequence."""
    first = next(tree_leaves(inputs))
    steps = elements(first) // max(1, first.shape[-1])
    return sum(steps * elements(p) for p in module.parameters() if p.ndim == 2)


Cost = Callable[[Any, Any, Any], int]

#: Class name to how many multiply-adds a module takes for an input; a subclass counts as its base.
COSTS: dict[str, Cost] = {
    **dict.fromkeys(("Linear", "Conv1d", "Conv2d", "Conv3d"), _by_output),
    **dict.fromkeys(("TemporalConvolution", "TemporalRowConvolution"), _by_output),
    **dict.fromkeys(("SpatialConvolutionMap", "SpatialDepthWiseConvolution"), _at_each_place),
    "SpatialFullConvolutionMap": _at_each_place_of_the_input,
    "SpatialConvolutionLocal": _once_a_sample,
    **dict.fromkeys(("TemporalSubSampling", "SpatialSubSampling"), _once_an_element),
    **dict.fromkeys(
        ("Linear", "LinearWeightNorm", "PartialLinear", "Cosine", "Conv1d", "Conv2d", "Conv3d"), _by_output
    ),
    **dict.fromkeys(("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"), _by_input),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm", "GroupNorm"), _once_an_element),
    **dict.fromkeys(("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "RMSNorm"), _once_an_element),
    **dict.fromkeys(("LayerNormalization", "LocalResponseNorm", "CrossMapLRN2d"), _once_an_element),
    **dict.fromkeys(("MM", "MV"), _matrix_product),
    **dict.fromkeys(("Bilinear", "Cosine", "Euclidean", "WeightedEuclidean"), _all_of_the_weight),
    "Euclidean": _each_template,
    **dict.fromkeys(("Bilinear",), _all_of_the_weight),
    **dict.fromkeys(("RNN", "LSTM", "GRU"), _recurrent),
    **dict.fromkeys(("RNNCell", "LSTMCell", "GRUCell"), _recurrent),
}


def multiply_adds(module: Any, inputs: Any, output: Any) -> int:
    """What the module itself takes, without the modules in it; 0 for classes that the table does not name."""
    for base in type(module).__mro__:
        cost = COSTS.get(base.__name__)
        if cost is not None:
            return cost(module, inputs, output)
    return 0
