"""Activations: classes that differ only in their function and a few numbers."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.spec import FLAG, FLOAT, INT, Attr, ClassSpec, Example, Fields, Param, like_output, register
from pytorch_from_lua import nn
from pytorch_from_lua.nn import Module

INPLACE = Attr("inplace", kind=FLAG, default=False)
LIMITS = (Attr("min_val", kind=FLOAT), Attr("max_val", kind=FLOAT))


def _plain(
    torch7: str,
    python: type[Module],
    *attrs: Attr,
    values: str = "normal",
    buffers: tuple[str, ...] = (),
    lua: str = "",
    arguments: str = "",
) -> ClassSpec:
    """A class of the same formula on either side; the example takes ``lua`` and ``arguments`` between its brackets."""
    name = torch7.partition(".")[2]
    examples = [Example(f"nn.{name}()", f"nn.{python.__name__}()", values=values)]
    if lua:
        examples.insert(0, Example(f"nn.{name}({lua})", f"nn.{python.__name__}({arguments})", values=values))
    return ClassSpec(torch7, python, tuple(examples), attrs, buffers=buffers)


def _needed(
    torch7: str, python: type[Module], *attrs: Attr, lua: str, arguments: str, values: str = "normal"
) -> ClassSpec:
    """As `_plain`, for a class whose numbers have no defaults."""
    name = torch7.partition(".")[2]
    example = Example(f"nn.{name}({lua})", f"nn.{python.__name__}({arguments})", values=values)
    return ClassSpec(torch7, python, (example,), attrs)


def _relu(fields: Fields) -> Module:
    """A ReLU whose threshold was changed by hand is a Threshold."""
    inplace = bool(fields.get("inplace", False))
    threshold, value = float(fields.get("threshold", 0.0)), float(fields.get("val", 0.0))
    if threshold == 0.0 and value == 0.0:
        return nn.ReLU(inplace)
    return nn.Threshold(threshold, value, inplace)


def _fill_relu(module: Any, fields: dict[str, Any]) -> None:
    fields["threshold"] = fields["val"] = 0.0


def _prelu(fields: Fields) -> Module:
    return nn.PReLU(max(1, fields.int("nOutputPlane", 0)), dtype=fields.needed("weight").dtype)


def _fill_prelu(module: Any, fields: dict[str, Any]) -> None:
    count = module.num_parameters
    fields["nOutputPlane"] = float(count if count > 1 else 0)


def _fill_tanhshrink(module: Any, fields: dict[str, Any]) -> None:
    fields["tanh"] = nn.Tanh()


def _fill_crelu(module: Any, fields: dict[str, Any]) -> None:
    both = nn.ConcatTable(nn.Identity(), nn.MulConstant(-1.0))
    fields["modules"] = [both, nn.JoinTable(1), nn.ReLU(module.inplace)]


def _fill_gate(module: Any, fields: dict[str, Any]) -> None:
    fields["dim"] = None if module.dim == -1 else float(module.dim + 1)


register(
    "Activations",
    _plain("nn.Abs", nn.Abs),
    _needed(
        "nn.AddConstant",
        nn.AddConstant,
        Attr("constant_scalar", "constant", FLOAT),
        INPLACE,
        lua="2.5",
        arguments="2.5",
    ),
    _needed(
        "nn.MulConstant",
        nn.MulConstant,
        Attr("constant_scalar", "constant", FLOAT),
        INPLACE,
        lua="2.5",
        arguments="2.5",
    ),
    _needed(
        "nn.Clamp",
        nn.Clamp,
        Attr("min_val", "min", FLOAT),
        Attr("max_val", "max", FLOAT),
        lua="-0.3, 0.6",
        arguments="-0.3, 0.6",
    ),
    _plain("nn.ELU", nn.ELU, Attr("alpha", kind=FLOAT), INPLACE, lua="0.3", arguments="0.3"),
    _plain("nn.Exp", nn.Exp),
    ClassSpec(
        "nn.CReLU",
        nn.CReLU,
        (
            Example("nn.CReLU(2)", "nn.CReLU(2)", ((2, 3, 4),)),
            Example("nn.CReLU(3)", "nn.CReLU(3)", ((3, 4, 2),)),
        ),
        (Attr("nInputDims", "num_input_dims", INT), INPLACE),
        fill=_fill_crelu,
        buffers=("modules",),
        note="a row of modules in Torch7",
    ),
    ClassSpec(
        "nn.GatedLinearUnit",
        nn.GLU,
        (
            Example("nn.GatedLinearUnit()", "nn.GLU()", ((3, 6),)),
            Example("nn.GatedLinearUnit(2)", "nn.GLU(1)", ((3, 4, 5),)),
        ),
        make=lambda fields: nn.GLU(fields.int("dim", 0) - 1),
        fill=_fill_gate,
        accepts=lambda module: module.dim >= -1,
        buffers=("dim",),
    ),
    _plain("nn.HardShrink", nn.Hardshrink, Attr("lambda", "lambd", FLOAT), lua="0.7", arguments="0.7"),
    _plain("nn.HardTanh", nn.Hardtanh, *LIMITS, INPLACE, lua="-0.5, 0.8", arguments="-0.5, 0.8"),
    _plain("nn.LeakyReLU", nn.LeakyReLU, Attr("negval", "negative_slope", FLOAT), INPLACE, lua="0.2", arguments="0.2"),
    _plain("nn.Log", nn.Log, values="positive"),
    _plain("nn.LogSigmoid", nn.LogSigmoid, buffers=("buffer",)),
    _needed("nn.Power", nn.Power, Attr("pow", "exponent", FLOAT), lua="1.7", arguments="1.7", values="positive"),
    ClassSpec(
        "nn.PReLU",
        nn.PReLU,
        (
            Example("nn.PReLU()", "nn.PReLU()"),
            Example("nn.PReLU(3)", "nn.PReLU(3)", ((2, 3, 4, 4),)),
        ),
        params=(Param("weight"),),
        make=_prelu,
        fill=_fill_prelu,
        buffers=("nOutputPlane", "gradWeightBuf", "gradWeightBuf2"),
    ),
    ClassSpec(
        "nn.RReLU",
        nn.RReLU,
        (Example("nn.RReLU(0.1, 0.3)", "nn.RReLU(0.1, 0.3)"),),
        (Attr("lower", kind=FLOAT), Attr("upper", kind=FLOAT), INPLACE),
        fill=lambda module, fields: fields.update(noise=like_output(fields)),
        buffers=("noise",),
        note="draws its slopes in training: the numbers agree in evaluation",
    ),
    ClassSpec(
        "nn.ReLU",
        nn.ReLU,
        (Example("nn.ReLU()", "nn.ReLU()"), Example("nn.ReLU(true)", "nn.ReLU(inplace=True)")),
        (INPLACE,),
        make=_relu,
        fill=_fill_relu,
        buffers=("threshold", "val"),
    ),
    _plain("nn.ReLU6", nn.ReLU6, INPLACE),
    _plain("nn.Sigmoid", nn.Sigmoid),
    _plain(
        "nn.SoftPlus",
        nn.Softplus,
        Attr("beta", kind=FLOAT),
        Attr("threshold", kind=FLOAT),
        lua="3",
        arguments="beta=3",
    ),
    _plain("nn.SoftShrink", nn.Softshrink, Attr("lambda", "lambd", FLOAT), lua="0.7", arguments="0.7"),
    _plain("nn.SoftSign", nn.Softsign, buffers=("temp", "tempgrad")),
    ClassSpec(
        "nn.Sqrt",
        nn.Sqrt,
        (Example("nn.Sqrt()", "nn.Sqrt()", values="positive"),),
        fill=lambda module, fields: fields.update(eps=0.0),
        buffers=("eps",),
    ),
    _plain("nn.Square", nn.Square),
    _plain("nn.Tanh", nn.Tanh),
    ClassSpec(
        "nn.TanhShrink",
        nn.Tanhshrink,
        (Example("nn.TanhShrink()", "nn.Tanhshrink()"),),
        fill=_fill_tanhshrink,
        buffers=("tanh",),
    ),
    _plain(
        "nn.Threshold",
        nn.Threshold,
        Attr("threshold", kind=FLOAT),
        Attr("val", "value", FLOAT),
        INPLACE,
        lua="0.2, -3",
        arguments="0.2, -3",
    ),
    *[
        ClassSpec(
            f"nn.{name}",
            python,
            (
                Example(f"nn.{name}()", f"nn.{python.__name__}()"),
                Example(f"nn.{name}()", f"nn.{python.__name__}(0)", ((5,),)),
            ),
            accepts=lambda module: module.dim in (None, 1),
            buffers=("mininput",),
            note="over the channels: dimension 1 of (N, C), 0 of (C,)",
        )
        for name, python in [("SoftMax", nn.Softmax), ("LogSoftMax", nn.LogSoftmax), ("SoftMin", nn.Softmin)]
    ],
    *[
        ClassSpec(
            f"nn.Spatial{name}",
            python,
            (Example(f"nn.Spatial{name}()", f"nn.{python.__name__}(1)", ((2, 3, 4, 4),)),),
            make=lambda fields, python=python: python(None),  # type: ignore[misc]
            accepts=lambda module: False,
            note="saved as the class without Spatial, which takes planes as well",
        )
        for name, python in [("SoftMax", nn.Softmax), ("LogSoftMax", nn.LogSoftmax)]
    ],
)
