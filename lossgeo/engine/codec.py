"""Result records ⇄ bytes: scalars as JSON, arrays as safetensors; nothing that is read can execute.

A record is a frozen dataclass whose fields are annotated with float, int, str, bool, X | None, tuple[X, ...],
tuple[X, Y], Mapping[str, X], np.ndarray (or NDArray[…]) and further records. The annotations decide how it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

import safetensors.numpy

from lossgeo.engine.forms import Arrays, form_of
from lossgeo.engine.key import to_json

R = TypeVar("R")

SCALARS = "result.json"
ARRAYS = "arrays.safetensors"


def dump(record: R, record_type: type[R]) -> dict[str, bytes]:
    """The files of a result by name; equal records give equal bytes.

    Raises:
        TypeError: a field is annotated with, or holds, what cannot be stored; the text names its path.
    """
    arrays: Arrays = {}
    scalars = form_of(record_type, record_type.__name__).encode(record, record_type.__name__, arrays)
    return {SCALARS: to_json(scalars), ARRAYS: safetensors.numpy.save(arrays)}


def load(record_type: type[R], files: Mapping[str, bytes]) -> R:
    """The record that `dump` wrote, with arrays equal in type, shape and bytes.

    Raises:
        TypeError: the files hold another record; the text names the first field that does not fit.
    """
    arrays = safetensors.numpy.load(files[ARRAYS])
    form = form_of(record_type, record_type.__name__)
    record: R = form.decode(json.loads(files[SCALARS]), record_type.__name__, arrays)
    return record
