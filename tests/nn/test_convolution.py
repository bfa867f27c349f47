"""Convolutions in Python beside the list of cases: sizes asked for, padding by words, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn
from pytorch_from_lua.errors import ModuleError, RangeError, ShapeError
from pytorch_from_lua.nn import functional as F


def zeros(*shape: int) -> Any:
    return torch.zeros(*shape)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.Conv1d(0, 3, 2), ["Conv1d: in_channels", "got 0"]),
        (lambda: nn.Conv2d(3, 4, 0), ["Conv2d: kernel_size", "at least 1, got 0"]),
        (lambda: nn.Conv2d(3, 4, (1, 2, 3)), ["Conv2d: kernel_size", r"got \(1, 2, 3\)"]),
        (lambda: nn.Conv2d(3, 4, 2.5), ["Conv2d: kernel_size", "whole number", "2.5"]),
        (lambda: nn.Conv3d(3, 4, 2, stride=(1, 0, 1)), ["Conv3d: stride", "at least 1"]),
        (lambda: nn.Conv2d(3, 4, 2, padding=-1), ["Conv2d: padding", "at least 0, got -1"]),
        (lambda: nn.Conv2d(3, 4, 2, padding="full"), ["Conv2d: padding", "'full'", "'same', 'valid'"]),
        (lambda: nn.Conv2d(3, 4, 2, stride=2, padding="same"), ["'same' needs a stride of 1"]),
        (lambda: nn.Conv2d(3, 4, 2, padding_mode="mirror"), ["padding_mode", "'mirror'", "'reflect'"]),
        (lambda: nn.Conv2d(3, 4, 2, groups=2), ["groups: 2 does not divide 3 input, 4 output"]),
        (lambda: nn.ConvTranspose2d(3, 4, 2, padding_mode="reflect"), ["ConvTranspose2d: padding_mode", "'zeros'"]),
        (lambda: nn.ConvTranspose2d(3, 4, 2, 2, output_padding=2), ["output_padding", r"stride \(2, 2\)"]),
        (lambda: nn.SpatialConvolutionMap([(0, -1)], 2), ["SpatialConvolutionMap: connections"]),
        (lambda: nn.SpatialConvolutionMap([(0, 0.5)], 2), ["SpatialConvolutionMap: connections"]),
        (
            lambda: nn.SpatialConvolutionLocal(2, 3, 2, 3),
            ["SpatialConvolutionLocal: input_size", "smaller than a kernel"],
        ),
        (lambda: nn.SpatialSubSampling(0, 2), ["SpatialSubSampling: channels"]),
        (lambda: nn.TemporalConvolution(2, 3, 0), ["TemporalConvolution: kernel_size"]),
    ],
)
def test_what_cannot_be_built(make: Any, words: list[str]) -> None:
    for word in words:
        with pytest.raises(ModuleError, match=word):
            make()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.conv1d(zeros(1, 2, 5), zeros(3, 2, 3), padding="full"), RangeError, "'full'; allowed are 'same'"),
        (lambda: F.conv1d(zeros(1, 2, 5), zeros(3, 2, 3), stride=2, padding="same"), RangeError, "stride of 1, got 2"),
        (lambda: F.conv3d(zeros(1, 2, 5), zeros(3, 2, 3), padding="same"), ShapeError, "weight: needs 5 dimensions"),
        (lambda: F.conv_transpose2d(zeros(2, 5), zeros(2, 3, 3, 3)), ShapeError, "input: needs 3 or 4 dimensions"),
        (lambda: F.conv_transpose2d(zeros(2, 5, 5), zeros(2, 3, 3)), ShapeError, "weight: needs 4 dimensions"),
        (lambda: F.conv_transpose1d(zeros(2, 5), zeros(3, 3, 3)), ShapeError, "x: needs 3 channels"),
        (lambda: F.conv_transpose1d(zeros(2, 1), zeros(2, 3, 3), padding=2), ShapeError, "leaves a result of -1"),
        (lambda: F.conv2d(zeros(2, 5, 5), zeros(3, 2, 3, 3), stride=(1, 2, 3)), ShapeError, "stride: needs"),
        (
            lambda: nn.ConvTranspose2d(2, 3, 3, 2)(zeros(1, 2, 3, 3), output_size=(7, 9)),
            ShapeError,
            r"output_size: needs to be from \(7, 7\) to \(8, 8\)",
        ),
    ],
)
def test_what_cannot_be_computed(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("size", [(7, 8), (1, 3, 8, 7), [7, 7]])
def test_an_output_of_the_size_asked_for(size: Any) -> None:
    module = nn.ConvTranspose2d(2, 3, 3, stride=2)
    x = torch.randn(1, 2, 3, 3)
    y = module(x, output_size=size)
    assert y.shape == (1, 3, *size[-2:])
    np.testing.assert_allclose(y.array[:, :, :6, :6], module(x).array[:, :, :6, :6], rtol=1e-6)


def test_padding_that_keeps_the_size() -> None:
    x = torch.randn(2, 3, 7, 6)
    for kernel in [(1, 1), (2, 3), (4, 5)]:
        for mode in ("zeros", "circular", "replicate", "reflect"):
            assert nn.Conv2d(3, 4, kernel, padding="same", padding_mode=mode)(x).shape == (2, 4, 7, 6)
    assert nn.Conv2d(3, 4, 3, padding="valid")(x).shape == (2, 4, 5, 4)


def test_a_table_of_connections_is_a_convolution_with_gaps() -> None:
    module = nn.SpatialConvolutionMap([(0, 0), (2, 0), (1, 1)], 2)
    dense = nn.Conv2d(3, 2, 2)
    dense.weight.array[...] = 0
    for (source, to), kernel in zip([(0, 0), (2, 0), (1, 1)], module.weight.array, strict=True):
        dense.weight.array[to, source] = kernel
    dense.bias.array[...] = module.bias.array
    x = torch.randn(2, 3, 4, 4)
    np.testing.assert_array_equal(module(x).array, dense(x).array)
    assert "connections" not in module.state_dict()


def test_frames_are_what_one_dimension_sees_turned() -> None:
    module = nn.TemporalConvolution(3, 4, 2, stride=2)
    plain = nn.Conv1d(3, 4, 2, stride=2)
    plain.weight.array[...] = module.weight.array.reshape(4, 2, 3).swapaxes(1, 2)
    plain.bias.array[...] = module.bias.array
    x = torch.randn(2, 7, 3)
    np.testing.assert_allclose(module(x).array, plain(x.transpose(1, 2)).array.swapaxes(1, 2), rtol=1e-5, atol=1e-6)
