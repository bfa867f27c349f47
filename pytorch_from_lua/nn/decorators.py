"""Containers of one module that behave as it does and do something beside it; Convert and DepthConcat."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn.containers import Concat, _Numbered
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor


class Decorator(_Numbered):
    """One module, called with what this is called with (Torch7's ``nn.Decorator``): a class to inherit from.

    Args:
        module: the module; it may be added later.
    """

    def __init__(self, module: Module | None = None) -> None:
        super().__init__(*([] if module is None else [module]))

    @property
    def module(self) -> Module:
        """The module.

        Raises:
            ModuleError: where there is none yet, or more than one.
        """
        if len(self) != 1:
            raise ModuleError(f"{type(self).__name__}: holds {len(self)} modules, needs one")
        return self[0]  # type: ignore[no-any-return]

    def forward(self, *inputs: Any) -> Any:
        return self.module(*inputs)


class Bottle(Decorator):
    """Gives a module inputs of more dimensions than it takes: the first ones are seen as one (Torch7's ``nn.Bottle``).

    Args:
        module: the module.
        num_input_dims: how many dimensions it takes.
        num_output_dims: how many it gives; as many where None.

    >>> import pytorch_from_lua as torch
    >>> Bottle(torch.nn.Linear(4, 2))(torch.ones(5, 3, 4)).shape
    (5, 3, 2)
    """

    def __init__(
        self, module: Module | None = None, num_input_dims: int = 2, num_output_dims: int | None = None
    ) -> None:
        super().__init__(module)
        self.num_input_dims = num_input_dims
        self.num_output_dims = num_input_dims if num_output_dims is None else num_output_dims

    def forward(self, input: Tensor) -> Tensor:
        count = input.ndim - self.num_input_dims + 1
        if count <= 1:
            return self.module(input)  # type: ignore[no-any-return]
        outer, several = input.shape[:count], math.prod(input.shape[: count - 1])
        output = self.module(input.reshape((several * input.shape[count - 1], *input.shape[count:])))
        rows = output.shape[0] // several if several else input.shape[count - 1]
        if output.ndim != self.num_output_dims or rows * several != output.shape[0]:
            raise ShapeError(
                f"module: Bottle(num_output_dims={self.num_output_dims}) got an output of shape {output.shape}"
            )
        return output.reshape((*outer[:-1], rows, *output.shape[1:]))  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"num_input_dims={self.num_input_dims}, num_output_dims={self.num_output_dims}"


class DontCast(Decorator):
    """A module that keeps its type when the model around it is converted (Torch7's ``nn.DontCast``).

    Args:
        module: the module.
        cast_in: whether inputs are converted to the module's type.
        cast_out: whether outputs are converted back to the input's; as ``cast_in`` where None.
    """

    keeps_type = True

    def __init__(self, module: Module | None = None, cast_in: bool = False, cast_out: bool | None = None) -> None:
        super().__init__(module)
        self.cast_in, self.cast_out = cast_in, cast_in if cast_out is None else cast_out

    def forward(self, input: Any) -> Any:
        wanted = next((p.dtype for p in self.module.parameters()), None)
        given = next((t.dtype for t in tree_leaves(input)), None)
        if self.cast_in and wanted is not None:
            input = tree_map(lambda t: t.to(wanted), input)
        output = self.module(input)
        if self.cast_out and given is not None:
            output = tree_map(lambda t: t.to(given), output)
        return output

    def extra_repr(self) -> str:
        return f"cast_in={self.cast_in}, cast_out={self.cast_out}"


class NaN(Decorator):
    """Stops with an error where a module's output has a NaN (Torch7's ``nn.NaN``).

    Args:
        module: the module.
        id: what the error calls it; counted where None.
    """

    _last_id = 0

    def __init__(self, module: Module | None = None, id: Any = None) -> None:
        super().__init__(module)
        if id is None:
            NaN._last_id += 1
            id = NaN._last_id
        self.id = id

    def forward(self, *inputs: Any) -> Any:
        output = self.module(*inputs)
        if _has_nan(output):
            where = "output"
            if _has_nan(inputs):
                where = "input"
            elif _has_nan(list(self.module.parameters())):
                where = "parameters"
            raise ModuleError(f"{where}: NaN found in the {where} of module {self.id!r}, {type(self.module).__name__}")
        return output

    def extra_repr(self) -> str:
        return f"id={self.id!r}"


def _has_nan(value: Any) -> bool:
    return any(bool(np.isnan(t.array).any()) for t in tree_leaves(value) if t.dtype.is_floating_point)


class Profile(Decorator):
    """Prints, every ``print_interval`` calls, how long a module's forward took in all (Torch7's ``nn.Profile``).

    Args:
        module: the module.
        print_interval: every how many calls.
        name: what the module is called; its class where None.
    """

    def __init__(self, module: Module | None = None, print_interval: int = 100, name: str | None = None) -> None:
        super().__init__(module)
        self.print_interval, self.name = print_interval, name
        self.calls, self.seconds = 0, 0.0

    def forward(self, *inputs: Any) -> Any:
        start = time.perf_counter()
        output = self.module(*inputs)
        self.seconds += time.perf_counter() - start
        self.calls += 1
        if self.calls % self.print_interval == 0:
            name = type(self.module).__name__ if self.name is None else self.name
            print(f"{name} took {self.seconds:.3f} seconds for {self.calls} forward passes")  # noqa: T201 - what it is for
        return output

    def extra_repr(self) -> str:
        return f"print_interval={self.print_interval}" + ("" if self.name is None else f", name={self.name!r}")


class GPU(Decorator):
    """Puts a module on a device of its own in Torch7; there is one device here, and calls are handed on.

    Shapes: those of the module (Torch7's ``nn.GPU``).

    Args:
        module: the module.
        device: the number of the device, which is kept; from 1, as Torch7 has it.
        outdevice: that of the output; the same where None.
    """

    def __init__(self, module: Module | None = None, device: int = 1, outdevice: int | None = None) -> None:
        super().__init__(module)
        self.device, self.outdevice = device, device if outdevice is None else outdevice

    def extra_repr(self) -> str:
        return f"device={self.device}"


class DepthConcat(Concat):
    """`Concat` of outputs that differ in size, each in the middle of zeros (Torch7's ``nn.DepthConcat``).

    From "Going deeper with convolutions" (Szegedy et al., 2014).
    """

    def forward(self, input: Any) -> Any:
        from pytorch_from_lua import cat
        from pytorch_from_lua.nn.functional import pad

        outputs = [module(input) for module in self._modules.values()]
        dims = {o.ndim for o in outputs}
        if len(dims) != 1:
            raise ShapeError(f"modules: DepthConcat got outputs of shapes {[tuple(o.shape) for o in outputs]}")
        dim = self.dim % dims.pop()
        largest = [max(sizes) for sizes in zip(*[o.shape for o in outputs], strict=True)]
        padded = []
        for output in outputs:
            margins: list[int] = []
            for d in reversed(range(output.ndim)):
                missing = 0 if d == dim else largest[d] - output.shape[d]
                margins += [missing // 2, missing - missing // 2]
            padded.append(pad(output, margins) if any(margins) else output)
        return cat(padded, dim)


class Convert(Module):
    """From one order of dimensions, written as letters, to another (Torch7's ``nn.Convert``).

    ``b`` is the batch, ``f`` features, ``t`` time, ``c`` channels, ``h`` and ``w`` height and width. Shapes of the same
    letters are transposed; to ``bf``, ``bt`` (and turned round) all but the batch becomes one dimension; ``b`` takes
    the first feature. The batch may be missing in the input, and is missing in the output then.

    Args:
        input_shape: such as ``"bhwc"``; a batch is put before where it has none. None: nothing is changed.
        output_shape: such as ``"bchw"``; ``input_shape`` where None.

    >>> import pytorch_from_lua as torch
    >>> Convert("bhwc", "bchw")(torch.ones(2, 5, 6, 3)).shape
    (2, 3, 5, 6)
    """

    def __init__(self, input_shape: str | None = None, output_shape: str | None = None) -> None:
        super().__init__()
        if input_shape is None:
            if output_shape is not None:
                raise ModuleError(f"input_shape: Convert needs one beside output_shape={output_shape!r}")
            self.input_shape = self.output_shape = "b*"
            return
        output_shape = input_shape if output_shape is None else output_shape
        self.input_shape = input_shape if "b" in input_shape else "b" + input_shape
        self.output_shape = output_shape if "b" in output_shape else "b" + output_shape
        same = sorted(self.input_shape) == sorted(self.output_shape)
        if not same and (
            self.output_shape not in ("b", "bf", "bt", "fb", "tb")
            or (self.output_shape == "b" and len(self.input_shape) > 2)
        ):
            raise ModuleError(f"output_shape: Convert has no way from {self.input_shape!r} to {self.output_shape!r}")

    def forward(self, input: Tensor) -> Tensor:
        given, wanted = self.input_shape, self.output_shape
        if given == wanted == "b*":
            return input
        alone = input.ndim == len(given) - 1
        if not alone and input.ndim != len(given):
            raise ShapeError(f"input: Convert({given!r}, {wanted!r}) got shape {input.shape}")
        x = input.unsqueeze(given.index("b")) if alone else input
        if sorted(given) == sorted(wanted):
            x = x.permute([given.index(axis) for axis in wanted])
        else:
            x = x.movedim(given.index("b"), 0)
            x = x.select(1, 0) if wanted == "b" else x.reshape(x.shape[0], -1)
            x = x.t() if wanted in ("fb", "tb") else x
        return x.squeeze(wanted.index("b")) if alone else x

    def extra_repr(self) -> str:
        return f"{self.input_shape!r}, {self.output_shape!r}"
