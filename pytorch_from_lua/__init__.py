"""Torch7 models in Python."""
