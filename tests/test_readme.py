"""The examples of the README are run as they stand."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.datasets.base import Dataset
from lossgeo.engine.executor import Inline
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import run
from lossgeo.engine.store import Store
from lossgeo.families.base import Family
from lossgeo.jobs import Jobs
from lossgeo.landscape.training import Training
from lossgeo.spec.study import Study
from lossgeo.stages import TrainedOn

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"`(lossgeo/\w+/\w+\.py)`.*?```python\n(.*?)```", README, re.DOTALL)
ROLES = (Analysis, Architecture, Dataset, Family)


@pytest.fixture
def own() -> Iterator[dict[str, object]]:
    """The classes of the examples by their kind; the registries are restored afterwards."""
    before = [dict(role.variants) for role in ROLES]
    for path, code in EXAMPLES:
        name = path.removesuffix(".py").replace("/", ".")
        module = sys.modules[name] = ModuleType(name)
        exec(compile(code, path, "exec"), vars(module))  # noqa: S102  # the README is ours
    _rebuild()
    yield {kind: variant for role in ROLES for kind, variant in role.variants.items()}
    for role, variants in zip(ROLES, before, strict=True):
        role.variants.clear()
        role.variants.update(variants)
    for path, _ in EXAMPLES:
        del sys.modules[path.removesuffix(".py").replace("/", ".")]
    _rebuild()


def _rebuild() -> None:
    """Let the models that hold variants know the kinds that are registered now."""
    for model in (TrainedOn, Study):
        model.model_rebuild(force=True)


def test_the_readme_has_an_example_for_every_noun() -> None:
    assert [path for path, _ in EXAMPLES] == [
        "lossgeo/families/parabola.py",
        "lossgeo/analyses/weight_norm.py",
        "lossgeo/architectures/linear.py",
        "lossgeo/datasets/stripes.py",
    ]


def test_a_study_made_of_the_examples_runs(own: dict[str, type], tmp_path: Path) -> None:
    study = Study(
        title="examples",
        dataset=own["stripes"](),
        architecture=own["linear"](),
        training=Training(epochs=20, batch_size=32),
        seeds=(0,),
        subspaces={"parabola": own["parabola"]()},
        analyses=(own["weight_norm"](), own["path"](points=5)),
    )
    jobs, store = Jobs(study), Store(tmp_path)

    outcome = run(jobs.targets, store, Inline(store, (), {}), Silent())

    assert not outcome.failed
    accuracies = [question.job for question in jobs.questions if question.job.analysis.kind == "path"]
    assert store.load(accuracies[0]).route["test"].accuracy.min() > 0.95


def test_the_parabola_passes_through_its_outer_control_points(own: dict[str, type]) -> None:
    family, anchors = own["parabola"](), torch.randn(3, 7, generator=torch.Generator().manual_seed(0))

    ends = family.subspace(family.initial(anchors, torch.Generator())).at(family.corners).dense()

    torch.testing.assert_close(ends, anchors[[0, 2]])


def test_the_spec_in_the_readme_is_the_shipped_one_without_its_description() -> None:
    from lossgeo.spec.loader import read, read_text

    spec = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)

    assert spec is not None
    shipped = read(Path(__file__).parents[1] / "specs" / "fashion_mlp_curve.yaml", Study)
    assert read_text(spec[1], "README.md", Study) == shipped.model_copy(update={"description": ""})
