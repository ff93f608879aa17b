"""The claims of a study, judged by its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite

import pandas as pd

from lossgeo.claims.listing import words
from lossgeo.claims.numbers import Numbers, UncheckableError, combined, numbers_of
from lossgeo.claims.verdict import Outcome, Verdict, outcome_of
from lossgeo.claims.listing import in_words, ours_text, published_text
from lossgeo.engine.job import Job
from lossgeo.errors import ClaimError
from lossgeo.results import NETWORK, OpenStudy
from lossgeo.spec.claim import STUDY, TRAINING, Claim, Selection
from lossgeo.statistics import over_seeds

TableOf = Callable[[str], pd.DataFrame]
