"""The laws of `lossgeo.contracts`, held by every shipped variant; plugins of somebody's own are tested elsewhere."""

from __future__ import annotations

from lossgeo.contracts.test_analyses import *
from lossgeo.contracts.test_architectures import *
from lossgeo.contracts.test_datasets import *
from lossgeo.contracts.test_families import *
from lossgeo.contracts.test_optimizers import *
from lossgeo.contracts.test_problems import *
from lossgeo.contracts.test_variants import *
