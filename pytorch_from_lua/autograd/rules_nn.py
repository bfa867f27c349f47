"""Operations of neural networks, over the kernels."""
