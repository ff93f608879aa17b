"""Numerics in torch: weight vectors, landscapes, networks, and the one training loop."""
