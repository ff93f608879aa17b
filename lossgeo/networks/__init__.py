"""Kinds of networks: what gives a weight vector, one file a kind."""

from lossgeo.variant import discover

discover(__name__)
