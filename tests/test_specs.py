"""The shipped specs: each is valid, survives being written out, and runs at toy size."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup
from quick_call import quick_call
from tiny_study import environment, summary

from lossgeo import worker
from lossgeo.datasets.mnist import FashionMnist
from lossgeo.datasets.published import cache_folder
from lossgeo.documents import loader
from lossgeo.documents.loader import read, read_text
from lossgeo.documents.writer import write
from lossgeo.engine.job import in_order
from lossgeo.engine.store import Store
from lossgeo.errors import SpecError
from lossgeo.jobs import Jobs
from lossgeo.settings import data_folders
from lossgeo.shipped import shipped, specs
from lossgeo.spec.study import Study
from lossgeo.stages import analyse

SPECS = {path.stem: path for path in specs()}
EVERY = pytest.mark.parametrize("name", SPECS)

REPLACEMENTS = ("null", "[]", "{}", "[1, two]", "{a: 1}", "-1", "1.5", "true", '"', "'\"; import os #'", "é", "1e400")


def folder_of_fashion() -> Path | None:
    """Where the official files of Fashion-MNIST lie, seen from the checkout."""
    checkout = Path(__file__).parents[1]
    here = Path.cwd()
    os.chdir(checkout)  # whose pyproject.toml names the folders
    try:
        places = [folder.resolve() for folder in (*data_folders(()), cache_folder())]
    finally:
        os.chdir(here)
    return next((place for place in places if all((place / name).is_file() for name in FashionMnist.files)), None)


PUBLISHED = {"chen_saidi_2023", "yunis_2022_siren", "yunis_2022_lenet", "yunis_2022_lenet_m", "yunis_2022_resnet20"}
CLAIMING = {*PUBLISHED, "quadratic"}


def test_the_studies_are_shipped() -> None:
    assert set(SPECS) == {"quickstart", "fashion_mlp_curve", *CLAIMING}


TRAINED = {"path", "plane", "intrinsic_dimension", "curvature"}
HULLS = {"convex_hull", "singular_values"}
ASKED = {
    "quickstart": TRAINED | HULLS | {"agreement"},
    "fashion_mlp_curve": TRAINED | HULLS | {"agreement"},
    "chen_saidi_2023": TRAINED | {"chen_saidi_dimension", "perturbation", "barrier", "projection", "chord"},
    "yunis": HULLS | {"hessian_ends"},
    "quadratic": {"path", "plane", "hessian_ends"},
}
"""What each study asks at least."""


@EVERY
def test_a_shipped_spec_is_valid(name: str) -> None:
    study = read(SPECS[name], Study)

    assert study.description
    assert {analysis.kind for analysis in study.analyses} >= ASKED[name.partition("_2022")[0]]
    assert bool(study.claims) == (name in CLAIMING)


@EVERY
def test_a_shipped_spec_that_is_written_out_reads_back_equal(name: str) -> None:
    study = read(SPECS[name], Study)
    written = write(study)

    assert read_text(written, "study.yaml", Study) == study
    assert write(read_text(written, "study.yaml", Study)) == written


@EVERY
def test_the_smoke_run_of_a_shipped_spec_is_a_smaller_valid_study_with_the_same_graph(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse, "COST_OF_A_PART", inf)  # or the graph has parts where the study is large
    study = read(SPECS[name], Study)
    small = study.smoke()

    assert read_text(write(small), "study.yaml", Study) == small
    assert small.seeds == study.seeds
    assert list(small.subspaces) == list(study.subspaces)
    shapes = [[(job.kind, len(job.dependencies)) for job in in_order(Jobs(size).targets)] for size in (study, small)]
    assert shapes[0] == shapes[1]
    assert sum(job.cost for job in Jobs(small).targets) < 0.1 * sum(job.cost for job in Jobs(study).targets)


@EVERY
def test_a_worker_builds_the_jobs_of_a_shipped_spec(name: str, tmp_path: Path) -> None:
    study = read(SPECS[name], Study).smoke()

    built = worker._read(worker.payload(study, Store(tmp_path), ())["study"])[1]

    assert list(built) == [job.key for job in in_order(Jobs(study).targets)]


@EVERY
def test_a_shipped_spec_names_no_path_and_no_code(name: str) -> None:
    text = SPECS[name].read_text(encoding="utf-8")

    assert [sign for sign in ("!!", "&", "<<", "_target_", "../", "~/", "/home", "${") if sign in text] == []


def scalars(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of a spec: every key and item, those that hold others too."""
    items = tree.items() if isinstance(tree, Mapping) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from scalars(value, (*path, key))


@EVERY
def test_a_value_that_is_replaced_is_accepted_or_refused_with_its_place(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "parse", cache(loader.parse))  # the same text each time, and values of another one
    text = SPECS[name].read_text(encoding="utf-8")
    places = list(scalars(yaml.safe_load(text)))
    refused: list[str] = []

    for i, place in enumerate(places):
        replacement = REPLACEMENTS[i % len(REPLACEMENTS)]  # one at each place, and all at places of a kind
        override = f"{'.'.join(map(str, place))}={replacement}"
        try:
            read_text(text, "specs/x.yaml", Study, (override,))
        except SpecError as error:
            refused.append(str(error))

    assert len(places) > 30
    assert len(refused) > 0.6 * len(places)
    assert [said for said in refused if "specs/x.yaml:" not in said and not said.startswith("--set ")] == []


@EVERY
def test_a_key_that_is_misspelt_is_refused_with_the_right_one(name: str) -> None:
    lines = SPECS[name].read_text(encoding="utf-8").splitlines()
    keys = [line.partition(":")[0] for line in lines if line[:1].isalpha() and ":" in line]

    for key in keys:
        text = re.sub(rf"^{key}:", f"{key}x:", "\n".join(lines), count=1, flags=re.MULTILINE)
        with pytest.raises(SpecError, match=rf"\d+:1: .*{key}x.*did you mean '?{key}'?\?"):
            read_text(text, "specs/x.yaml", Study)

    assert {"title", "training", "seeds", "subspaces", "analyses"} <= set(keys)
    assert {"dataset", "problem"} & set(keys)


AUDIT = """\
import sys
from pathlib import Path
from lossgeo.documents.loader import read
from lossgeo.spec.study import Study

def refuse(event, arguments):
    writing = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writing or event in ("os.system", "subprocess.Popen", "socket.connect", "exec", "os.exec", "compile"):
        print("REFUSED", event, arguments, flush=True)
        import os
        os._exit(9)

read(Path(sys.argv[1]), Study)  # what is imported at the first use is imported now
sys.addaudithook(refuse)
for path in sys.argv[1:]:
    read(Path(path), Study)
print("read")
"""


def test_reading_a_spec_writes_starts_and_executes_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", AUDIT, *map(str, SPECS.values())],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "read\n", done.stderr
    assert list(tmp_path.iterdir()) == []


def check_smoke(name: str, folder: Path, *options: str, pictures: int) -> None:
    """Run a shipped spec at toy size, from a folder in which there is none; all of its report is there."""
    study = read(SPECS[name], Study)
    spec = SPECS[name].relative_to(shipped("specs")).as_posix()

    done = quick_call("run", f"specs/{spec}", "--smoke", "--workers", "0", *options, folder=folder)

    assert (done.returncode, done.stdout) == (0, f"reports/{name}-smoke/index.html\n"), done.stderr
    report = folder / "reports" / f"{name}-smoke"
    found = summary(report)
    assert found["status"] == "complete"
    assert found["jobs"] == {
        "computed": len(in_order(Jobs(study.smoke()).targets)),
        "reused": 0,
        "failed": 0,
        "blocked": 0,
    }
    page = BeautifulSoup((report / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert page.title is not None
    assert page.title.get_text() == f"{study.title} (smoke run)"
    assert len(page.select("figure.picture")) == pictures
    assert page.select(".banner, .output.error, .output.warning") == []


def test_the_quickstart_runs_at_toy_size_anywhere(tmp_path: Path) -> None:
    check_smoke("quickstart", tmp_path, pictures=16)


@pytest.mark.fashion
def test_the_fashion_study_runs_at_toy_size(tmp_path: Path) -> None:
    folder = folder_of_fashion()
    if folder is None:
        pytest.skip("Fashion-MNIST is not on disk")

    check_smoke("fashion_mlp_curve", tmp_path, "--data", str(folder), pictures=16)


@pytest.mark.fashion
def test_the_protocol_of_chen_and_saidi_runs_at_toy_size(tmp_path: Path) -> None:
    folder = folder_of_fashion()
    if folder is None:
        pytest.skip("Fashion-MNIST is not on disk")

    check_smoke("chen_saidi_2023", tmp_path, "--data", str(folder), "--check-claims", pictures=19)

    report = tmp_path / "reports" / "chen_saidi_2023-smoke"
    assert len(list((report / "figures").glob("*-3d.html"))) == 2
    assert {claim["verdict"] for claim in summary(report)["claims"]} <= {"not judged"}


def test_the_hulls_of_a_siren_run_at_toy_size_anywhere(tmp_path: Path) -> None:
    synthesised = ("--set", "dataset={kind: waveform, train: 8192}", "--set", "analyses.0.examples=8192")

    check_smoke("yunis_2022_siren", tmp_path, *synthesised, "--check-claims", pictures=10)


@pytest.mark.fashion
@pytest.mark.parametrize(
    ("name", "augmentation", "pictures"),
    [("yunis_2022_lenet_m", "none", 13), ("yunis_2022_resnet20", "crop_flip", 10)],  # lenet is lenet_m without momentum
)
def test_the_hulls_of_classifiers_run_at_toy_size(name: str, augmentation: str, pictures: int, tmp_path: Path) -> None:
    folder = folder_of_fashion()
    if folder is None:
        pytest.skip("Fashion-MNIST is not on disk")
    pictures_at_hand = f"dataset={{kind: fashion_mnist, augmentation: {augmentation}}}"

    check_smoke(name, tmp_path, "--data", str(folder), "--set", pictures_at_hand, pictures=pictures)

    page = (tmp_path / "reports" / f"{name}-smoke" / "index.html").read_text(encoding="utf-8")
    notes = " ".join(note.get_text() for note in BeautifulSoup(page, "html.parser").select("aside.note"))
    assert ("BatchNorm: wherever weights are evaluated" in notes) == (name == "yunis_2022_resnet20")
