"""Planes less, and divided by, what lies around each place (Jarrett et al., 2009), under Torch7's names."""

from __future__ import annotations

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.creation import ones


class _Neighbourhood(Module):
    """What the three have in common: the kernel, and the mean over it and all planes.

    Args:
        n_input_plane: the number of planes.
        kernel: how the places around count, of one or two dimensions and odd sizes; one of one dimension goes both
            ways. Nine times nine ones where None.
    """

    kernel: Tensor

    def __init__(self, n_input_plane: int = 1, kernel: Tensor | None = None) -> None:
        super().__init__()
        held = ones(9, 9) if kernel is None else kernel.detach().clone()
        if held.ndim not in (1, 2) or any(size % 2 == 0 for size in held.shape):
            name = type(self).__name__
            raise ModuleError(f"{name}: kernel needs one or two dimensions and odd sizes, got shape {held.shape}")
        self.n_input_plane = n_input_plane
        self.register_buffer("kernel", held)

    def whole_kernel(self) -> Tensor:
        """The kernel in two dimensions, whose values add up to 1 over all planes."""
        kernel = self.kernel
        if kernel.ndim == 1:
            kernel = kernel.reshape(-1, 1) * kernel
        return kernel / (kernel.sum() * self.n_input_plane)

    def _planes(self, input: Tensor) -> Tensor:
        n = self.n_input_plane
        if input.ndim not in (3, 4) or input.shape[-3] != n:
            name = f"{type(self).__name__}({n})"
            raise ShapeError(f"{name}: input needs shape (N, {n}, H, W) or ({n}, H, W), got {input.shape}")
        return input if input.ndim == 4 else input.unsqueeze(0)

    def _mean(self, planes: Tensor) -> Tensor:
        """The mean around each place, over all planes: (N, 1, H, W); places beyond the border count as 0."""
        kernel = self.whole_kernel()
        height, width = kernel.shape
        total = planes.sum(1, keepdim=True)
        return F.conv2d(total, kernel.reshape(1, 1, height, width), padding=(height // 2, width // 2))

    def _share(self, planes: Tensor) -> Tensor:
        """How much of the kernel lies within the planes: 1 but near the border."""
        return self._mean(ones(1, *planes.shape[1:], dtype=planes.dtype, device=planes.device))

    def extra_repr(self) -> str:
        return f"{self.n_input_plane}, kernel={self.kernel.shape[0]}x{self.kernel.shape[-1]}"


class SpatialSubtractiveNormalization(_Neighbourhood):
    """The input less the mean around each place, over all planes (Torch7's class of that name).

    Shapes: ``(N, n_input_plane, H, W)`` or ``(n_input_plane, H, W)``, in and out.
    """

    def forward(self, input: Tensor) -> Tensor:
        planes = self._planes(input)
        result = planes - self._mean(planes) / self._share(planes)
        return result if input.ndim == 4 else result.squeeze(0)


class SpatialDivisiveNormalization(_Neighbourhood):
    """The input divided by the root of the mean square around each place, over all planes (Torch7's class).

    Shapes: ``(N, n_input_plane, H, W)`` or ``(n_input_plane, H, W)``, in and out.

    Args:
        n_input_plane: the number of planes.
        kernel: as for `SpatialSubtractiveNormalization`.
        threshold: what is divided by is replaced where it is not over this,
        thresval: by this; by the threshold where None.
    """

    def __init__(
        self,
        n_input_plane: int = 1,
        kernel: Tensor | None = None,
        threshold: float = 1e-4,
        thresval: float | None = None,
    ) -> None:
        super().__init__(n_input_plane, kernel)
        self.threshold, self.thresval = threshold, threshold if thresval is None else thresval

    def forward(self, input: Tensor) -> Tensor:
        planes = self._planes(input)
        deviation = self._mean(planes * planes).sqrt() / self._share(planes)
        result = planes / F.threshold(deviation, self.threshold, self.thresval)
        return result if input.ndim == 4 else result.squeeze(0)


class SpatialContrastiveNormalization(SpatialDivisiveNormalization):
    """`SpatialSubtractiveNormalization`, then `SpatialDivisiveNormalization` (Torch7's class of that name).

    Shapes: ``(N, C, H, W)`` or ``(C, H, W)``; the output has the input's.
    """

    def forward(self, input: Tensor) -> Tensor:
        planes = self._planes(input)
        centred = planes - self._mean(planes) / self._share(planes)
        return super().forward(centred if input.ndim == 4 else centred.squeeze(0))
