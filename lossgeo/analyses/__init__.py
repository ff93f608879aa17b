"""Analyses of subspaces: one file each; every module in this folder is imported, and registers its kind."""

from lossgeo.variant import discover

discover(__name__)
