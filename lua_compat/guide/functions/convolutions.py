"""Convolutions of one signal with another (those with weights are modules)."""

from __future__ import annotations

from lua_compat.guide.functions.row import Row

CONVOLUTIONS = (
    Row(
        "torch.xcorr2(x, k)",
        "F.conv2d(x[None, None], k[None, None])[0, 0]",
        "cross-correlation; where the kernel fits ('V')",
    ),
    Row(
        "torch.conv2(x, k)",
        "F.conv2d(x[None, None], k.flip(0, 1)[None, None])[0, 0]",
        "convolution: the kernel is turned round",
    ),
    Row(
        "torch.xcorr2(x, k, 'F')",
        "F.conv2d(x[None, None], k[None, None], padding=1)[0, 0]",
        "wherever they overlap; padding is the kernel's size less 1",
    ),
    Row(
        "torch.xcorr2(a:view(2, 2, 4), x:view(3, 2, 1, 2))",
        "F.conv2d(a.view(1, 2, 2, 4), x.view(3, 2, 1, 2))[0]",
        "many planes, and many kernels",
    ),
    Row(
        "torch.xcorr3(a:view(2, 2, 4), v:view(2, 1, 2))", "F.conv3d(a.view(1, 1, 2, 2, 4), v.view(1, 1, 2, 1, 2))[0, 0]"
    ),
    Row(
        "torch.conv3(a:view(2, 2, 4), v:view(2, 1, 2))",
        "F.conv3d(a.view(1, 1, 2, 2, 4), v.flip(0).view(1, 1, 2, 1, 2))[0, 0]",
    ),
)
