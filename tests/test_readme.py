"""The examples of the README are run as they stand."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.datasets.base import Dataset
from lossgeo.engine.checkpoint import Checkpoint
from lossgeo.engine.context import Context
from lossgeo.engine.executor import Inline
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import run
from lossgeo.engine.store import Store
from lossgeo.families.base import Family
from lossgeo.jobs import Jobs
from lossgeo.landscape.weights import Points
from lossgeo.networks.base import Network
from lossgeo.spec.study import Study
from lossgeo.training.options import Training

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"`(lossgeo/\w+/\w+\.py)`.*?```python\n(.*?)```", README, re.DOTALL)
ROLES = (Analysis, Architecture, Dataset, Family, Network)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[dict[str, object]]:
    """The classes of the examples by their kind; the registries are restored afterwards."""
    before = [dict(role.variants) for role in ROLES]
    for path, code in EXAMPLES:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
        name = path.removesuffix(".py").replace("/", ".")
        spec = spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
    yield {kind: variant for role in ROLES for kind, variant in role.variants.items()}
    for role, variants in zip(ROLES, before, strict=True):
        role.variants.clear()
        role.variants.update(variants)
    for path, _ in EXAMPLES:
        del sys.modules[path.removesuffix(".py").replace("/", ".")]


def test_the_readme_has_an_example_for_every_noun() -> None:
    assert [path for path, _ in EXAMPLES] == [
        "lossgeo/families/parabola.py",
        "lossgeo/networks/mean.py",
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
        networks={"mean": own["mean"]()},
        subspaces={"parabola": own["parabola"]()},
        analyses=(own["weight_norm"](), own["path"](points=5)),
    )
    jobs, store = Jobs(study), Store(tmp_path)

    outcome = run(jobs.targets, store, Inline(store, ()), Silent())

    assert not outcome.failed
    mean = jobs.networks["mean", 0].load(Context(store, (), lambda *_: None, Checkpoint(tmp_path / "none")), "last")
    assert mean.basis.isfinite().all()
    assert jobs.comparison_name("parabola") == "mean"
    accuracies = [question.job for question in jobs.questions if question.job.analysis.kind == "path"]
    assert store.load(accuracies[0]).route["test"].accuracy.min() > 0.95


def test_the_parabola_passes_through_its_outer_control_points(own: dict[str, type]) -> None:
    family, anchors = own["parabola"](), torch.randn(3, 7, generator=torch.Generator().manual_seed(0))

    ends = family.subspace(family.initial(anchors, torch.Generator())).at(family.corners).dense()

    torch.testing.assert_close(ends, anchors[[0, 2]])


def test_the_spec_in_the_readme_is_the_shipped_one_without_its_description() -> None:
    from lossgeo.documents.loader import read, read_text

    spec = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)

    assert spec is not None
    shipped = read(Path(__file__).parents[1] / "specs" / "fashion_mlp_curve.yaml", Study)
    assert read_text(spec[1], "README.md", Study) == shipped.model_copy(update={"description": ""})


def test_the_networks_in_the_readme_are_valid() -> None:
    from lossgeo.documents.loader import read_text

    (section,) = re.findall(r"```yaml\n(networks:.*?)```", README, re.DOTALL)

    study = read_text(f"title: networks\n{section}", "README.md", Study)

    assert study.comparison("curve") == "apart"


def test_the_plugin_in_the_readme_is_imported_by_the_spec_beside_it(tmp_path: Path) -> None:
    from lossgeo.commands import Request
    from lossgeo.plugins.imports import forgetting
    from lossgeo.plugins.wanted import Code

    ((name, code),) = re.findall(r"`specs/(\w+\.py)`.*?```python\n(.*?)```", README, re.DOTALL)
    (spec,) = re.findall(r"```yaml\n(plugins:.*?)```", README, re.DOTALL)
    (tmp_path / name).write_text(code, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(f"title: plugin\n{spec}", encoding="utf-8")

    with forgetting():
        study = Request(tmp_path / "study.yaml", code=Code(is_allowed=True)).study()
        half = study.networks["half"]
        doubled = type(half)(factor=2.0).combined([Points.of(torch.tensor([[1.0, -2.0]]))])

    assert type(half).__doc__ == "Another network with all its weights multiplied by a factor."
    assert torch.equal(doubled.dense(), torch.tensor([[2.0, -4.0]]))
