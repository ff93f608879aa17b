"""Kinds that are not complete are refused where they are defined, with what to do about it."""

from __future__ import annotations

import pytest
import torch
from pydantic import Field
from torch import Generator, Tensor

from lossgeo.families.base import Family
from lossgeo.families.bezier import Bezier
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.networks.base import Network


def test_a_kind_without_what_its_role_asks_for_is_refused_and_not_registered() -> None:
    with pytest.raises(
        TypeError, match=r"'lacking' is not complete: write anchors, corners, .*route, sample, which its role"
    ):

        class Lacking(Family, kind="lacking"):
            """A family with one of its members."""

            @property
            def dimension(self) -> int:
                return 1

    assert "lacking" not in Family.variants


@pytest.mark.filterwarnings("ignore:Field name")
def test_an_option_that_hides_a_member_of_its_role_is_refused() -> None:
    with pytest.raises(TypeError, match="'hiding' is not complete: rename lineage, which the role has for itself"):

        class Hiding(Network, kind="hiding"):
            """A network with an option of a name that is taken."""

            lineage: str = Field(default="", description="taken")

    assert "hiding" not in Network.variants


class Thin(Bezier):
    """A curve that forgot a row."""

    def initial(self, anchors: Tensor, generator: Generator) -> Fitted:
        return Fitted(super().initial(anchors, generator).basis[1:])


def test_a_family_whose_rows_are_not_as_many_as_it_says_is_refused() -> None:
    anchors = Fitted(torch.ones(2, 5))

    with pytest.raises(ValueError, match=r"bezier: expected 3 rows of B, .*; got 2 from `initial` and 3 columns of Φ"):
        Thin().through(anchors, stream(0, "features"))

    assert len(Bezier().through(anchors, stream(0, "features")).basis) == 3
