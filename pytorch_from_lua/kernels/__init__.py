"""Kernels: pure functions over arrays, forward and backward side by side, a file a family.

Every function takes numpy or cupy arrays and gives arrays of the same kind. Indices and labels count from 0. Inputs
are never written to, unless the name of the function or of the argument ends in ``_``. ``out=`` names the array to
write the result into. Functions that give the gradient of a parameter also take ``scale`` and ``accumulate``, so that
Torch7's ``accGradParameters(input, gradOutput, scale)`` and a tape share them: with ``accumulate`` they add
``scale * gradient`` to ``out``, without it they write that there.
"""
