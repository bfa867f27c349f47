"""Distances and similarities; `pytorch_from_lua` has them under the same names."""

from pytorch_from_lua.tensor.distances import cosine_similarity, pairwise_distance, pdist

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]
