"""Problems: what a loss is; one file each; every module in this folder is imported, and registers its kind."""

from lossgeo.variant import discover

discover(__name__)
