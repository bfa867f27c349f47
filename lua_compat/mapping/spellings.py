"""Other names of classes in the registry: packages that had faster or earlier forms of what ``nn`` has.

A file that names one of them loads as the class that it is another name of. Saved again it has ``nn``'s name: the
packages read that, and so does every Torch7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lua_compat.errors import MappingError
from pytorch_from_lua.tensor import Tensor

Repair = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Spelling:
    """Another name of a class.

    Attributes:
        torch7: the name, such as ``"cudnn.ReLU"``.
        canonical: the class in the registry that it is.
        repair: brings its fields to those of that class.
        note: what differs, for the documents.
    """

    torch7: str
    canonical: str
    repair: Repair | None = None
    note: str = ""


@dataclass(frozen=True)
class Wrapper:
    """A class that runs the module in it on several devices: it loads as that module.

    Attributes:
        torch7: the name.
        field: where the module is: the first of a list.
    """

    torch7: str
    field: str = "modules"


def _clip(fields: dict[str, Any]) -> None:
    fields["min_val"], fields["max_val"] = 0.0, float(fields.pop("ceiling", 6.0))
    fields["inplace"] = bool(fields.get("inplace", False))


def _average(fields: dict[str, Any]) -> None:
    """What cuDNN divides by is said in a word; without one, by the whole window."""
    if fields.get("mode") is not None or fields.get("count_include_pad") is None:
        fields["count_include_pad"] = "EXCLUDE" not in str(fields.get("mode", ""))
    fields["divide"] = True


def _ceil(fields: dict[str, Any]) -> None:
    fields["ceil_mode"] = True
    for name, other in (("dW", "kW"), ("dH", "kH")):
        if fields.get(name) is None:
            fields[name] = fields.get(other)


def _flat(fields: dict[str, Any]) -> None:
    """A weight with a dimension for each size becomes a matrix; there was padding in time, which nn has not."""
    if fields.get("padH"):
        raise MappingError(f"cudnn.TemporalConvolution: padH is {fields['padH']}, nn has no padding in time")
    for name in ("weight", "gradWeight"):
        tensor = fields.get(name)
        if isinstance(tensor, Tensor) and tensor.ndim > 2:
            fields[name] = tensor.contiguous().view(tensor.shape[0], -1)


def _spatial_loss(fields: dict[str, Any]) -> None:
    fields["lsm"] = fields.pop("slsm", fields.get("lsm"))


def _same(package: str, *names: str) -> list[Spelling]:
    return [Spelling(f"{package}.{name}", f"nn.{name}") for name in names]


_ROWS: list[Spelling] = [
    *_same("cudnn", "SpatialFullConvolution", "VolumetricFullConvolution"),
    Spelling("cudnn.TemporalConvolution", "nn.TemporalConvolution", _flat, "without padding"),
    *_same("cudnn", "ReLU", "ELU", "Sigmoid", "Tanh", "SoftMax", "LogSoftMax", "SpatialSoftMax", "SpatialLogSoftMax"),
    Spelling("cudnn.ClippedReLU", "nn.HardTanh", _clip, "from 0 to its ceiling"),
    *_same("cudnn", "SpatialMaxPooling", "VolumetricMaxPooling"),
    Spelling("cudnn.SpatialAveragePooling", "nn.SpatialAveragePooling", _average),
    Spelling("cudnn.VolumetricAveragePooling", "nn.VolumetricAveragePooling", _average),
    *_same("cudnn", "BatchNormalization", "SpatialBatchNormalization", "VolumetricBatchNormalization"),
    *_same("cudnn", "SpatialCrossMapLRN"),
    Spelling("cudnn.SpatialCrossEntropyCriterion", "nn.CrossEntropyCriterion", _spatial_loss),
    Spelling("cudnn.VolumetricCrossEntropyCriterion", "nn.CrossEntropyCriterion", _spatial_loss),
    Spelling("inn.SpatialMaxPooling", "nn.SpatialMaxPooling", _ceil, "the last window may reach over the edge"),
    Spelling("inn.SpatialAveragePooling", "nn.SpatialAveragePooling", _ceil, "the last window may reach over the edge"),
    Spelling("inn.SpatialCrossResponseNormalization", "nn.SpatialCrossMapLRN"),
    Spelling("nn.SpatialConvolutionCuFFT", "nn.SpatialConvolution"),
    Spelling("nn.LinearNB", "nn.Linear"),
    Spelling("nn.LookupTableGPU", "nn.LookupTable"),
    Spelling("nn.FasterLookup", "nn.LookupTable"),
    Spelling("nn.TrueNLLCriterion", "nn.ClassNLLCriterion"),
]
_WRAPPERS = [Wrapper("nn.DataParallelTable"), Wrapper("nn.DataParallel")]

SPELLINGS: dict[str, Spelling] = {row.torch7: row for row in _ROWS}
WRAPPERS: dict[str, Wrapper] = {row.torch7: row for row in _WRAPPERS}
#: Fields that only say how another package computes: kernels chosen, descriptors, devices.
OF_PACKAGES = frozenset(
    {
        *("mode", "nanPropagation", "algorithm", "ceiling", "groups", "iSize", "oSize", "iDesc", "oDesc", "ssrMode"),
        *("fmode", "bdmode", "bwmode", "workspace_limit", "input_offset", "output_offset", "weight_offset"),
        *("input_slice", "output_slice", "weightDesc", "biasDesc", "convDesc", "convDescData", "poolDesc", "padH_"),
        *(
            "_input",
            "_gradOutput",
            "slsm",
            "resized",
            "fastest",
            "benchmark",
            "buffer",
            "nElem",
            "iDescBias",
            "oDescBias",
        ),
    }
)
