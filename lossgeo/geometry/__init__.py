"""Exact geometry of subspaces θ(t) = Φ(t) B, from the Gram matrix of B."""
