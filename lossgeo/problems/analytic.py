"""The base of problems whose loss is a formula of the weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.landscape.formula import FormulaLandscape
from lossgeo.landscape.normalization import BatchNorm
from lossgeo.landscape.task import FORMULA, WHOLE, Task
from lossgeo.problems.base import Problem
from lossgeo.training.setting import FormulaSetting

if TYPE_CHECKING:
    from torch import Tensor


class AnalyticProblem(Problem):
    """A loss that is a formula of the weights. An epoch of a training is one step along the whole gradient.

    A kind gives `weight_count`, ``initialise``, ``loss`` and `facts`.
    """

    @abstractmethod
    def loss(self, theta: Float[Tensor, "n D"]) -> Float[Tensor, " n"]:
        """The loss L(θ) of n weight vectors, differentiable, in their precision."""

    @property
    def task(self) -> Task:
        return FORMULA

    @property
    def sizes(self) -> Mapping[str, int]:
        return {}

    def landscape(
        self,
        folders: Sequence[Path],  # noqa: ARG002  # nothing is read
        split: str = WHOLE,  # noqa: ARG002  # there is one landscape
        batch_norm: BatchNorm = "recalibrate",  # noqa: ARG002  # there are no layers
    ) -> FormulaLandscape:
        return FormulaLandscape(self.weight_count, self.loss)

    def setting(self, folders: Sequence[Path]) -> FormulaSetting:
        """Gradient descent on the formula, in the precision of the weights."""
        return FormulaSetting(self.loss, self.landscape(folders))
