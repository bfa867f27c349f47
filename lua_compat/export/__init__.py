"""Loaded models in forms that other programs read: PyTorch's source, state files, ``.npz``, ``.t7``, ONNX."""
