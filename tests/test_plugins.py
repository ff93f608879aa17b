"""Plugins: kinds of somebody's own in one file each, from the command line to workers, kernels and the page."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pytest
from quick_call import quick_call
from tiny_study import call, journal, summary

from lossgeo import open_study
from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.documents.loader import read_text
from lossgeo.errors import SpecError
from lossgeo.plugins.handed import VARIABLE, handed_over, known, take_over
from lossgeo.plugins.imports import forgetting, load, loaded
from lossgeo.report.kernel import ReportKernel
from lossgeo.spec.study import Study
from lossgeo.variant import roles, source_digest

EXAMPLES = Path(__file__).parent / "plugins"

NET = '''
from lossgeo.architectures.mlp import Mlp


class Net(Mlp, kind="{kind}"):
    """A network of somebody's own."""
'''


@pytest.fixture(autouse=True)
def own() -> Iterator[None]:
    """What a test imports is forgotten after it."""
    with forgetting():
        yield


def write_net(path: Path, kind: str = "some_net") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NET.format(kind=kind), encoding="utf-8")
    return path


# A study


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a study of three plugins was run by two workers."""
    folder = tmp_path_factory.mktemp("studied")
    shutil.copytree(EXAMPLES, folder / "specs", ignore=shutil.ignore_patterns("__pycache__"))
    done = call("run", "specs/arc.yaml", "--workers", "2", "--allow-code", folder=folder)
    assert (done.returncode, done.stdout) == (0, "reports/arc/index.html\n"), done.stderr
    return folder


def test_a_study_of_plugins_runs_in_workers_and_its_report_has_their_section(studied: Path) -> None:
    page = (studied / "reports/arc/index.html").read_text(encoding="utf-8")

    assert summary(studied / "reports/arc")["status"] == "complete"
    assert len({entry["process"] for entry in journal(studied / ".lossgeo")}) == 2
    assert '<h2 id="trace-of-the-hessian">' in page
    assert "Elliptic arcs" in page
    assert (studied / "reports/arc/figures/hessian_trace.png").is_file()
    assert list(studied.rglob("__pycache__")) == []


def test_a_second_run_computes_nothing(studied: Path) -> None:
    done = quick_call("run", "specs/arc.yaml", "--workers", "0", "--allow-code", folder=studied)

    assert (done.returncode, done.stderr) == (0, "up to date: 10 results reused, none computed\n")


def test_the_report_lists_the_plugins_with_their_sums_and_without_their_folder(studied: Path) -> None:
    expected = [
        {"name": name, "sha256": sha256((EXAMPLES / name).read_bytes()).hexdigest()}
        for name in ("hessian_trace.py", "gated.py", "elliptic_arc.py")
    ]
    report = studied / "reports/arc"
    page = (report / "index.html").read_text(encoding="utf-8")

    assert summary(report)["provenance"]["plugins"] == expected
    assert json.loads((report / "run.json").read_text())["plugins"] == expected
    assert all(plugin["name"] in page and plugin["sha256"] in page for plugin in expected)
    texts = [path.read_text(encoding="utf-8") for name in ("*.html", "*.json", "*.ipynb") for path in report.glob(name)]
    assert not any(str(studied) in text for text in texts)


def test_the_traces_are_those_of_dense_hessians_within_their_errors(studied: Path) -> None:
    with forgetting():
        study = open_study(studied / "reports/arc", [studied / "specs" / name for name in PLUGINS])
        table = study.table("hessian_trace")
    at_corner = table[table["s"].isna() & (table["point"] == 0)].set_index("seed")["trace"]
    at_start = table[table["s"] == 0].set_index("seed")
    spread = at_start["trace_standard_error"] * 2**0.5

    assert len(table) == 2 * 6
    assert ((at_corner - at_start["trace"]).abs() < 6 * spread).all()  # the same point, of other random vectors


PLUGINS = ("hessian_trace.py", "gated.py", "elliptic_arc.py")


def test_opening_a_report_runs_no_code_of_its_folder(studied: Path, tmp_path: Path) -> None:
    shutil.copytree(studied / "reports/arc", tmp_path / "arc")
    shutil.copytree(studied / ".lossgeo", tmp_path / ".lossgeo")
    run = tmp_path / "arc" / "run.json"
    told = json.loads(run.read_text())
    for name in PLUGINS:
        (tmp_path / "arc" / name).write_text("raise SystemExit('this ran')", encoding="utf-8")
    evil = [{**plugin, "path": str(tmp_path / "arc" / plugin["name"])} for plugin in told["plugins"]]
    run.write_text(json.dumps({**told, "store": "../.lossgeo", "plugins": evil}))

    with pytest.raises(
        SpecError, match=r"made with the plugins hessian_trace\.py \(SHA-256 .*hand them over: open_study"
    ):
        open_study(tmp_path / "arc")

    assert loaded() == ()


def test_a_problem_of_ones_own_is_studied(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "specs", ignore=shutil.ignore_patterns("__pycache__"))

    done = quick_call("run", "specs/sphere.yaml", "--workers", "0", "--allow-code", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert summary(tmp_path / "reports/sphere")["status"] == "complete"


# Imports


def test_a_plugin_is_imported_once(tmp_path: Path) -> None:
    path = write_net(tmp_path / "my-net.py")
    variant = (load(path), Architecture.variants["some_net"])[1]

    again = load(tmp_path / "." / "my-net.py")

    assert loaded() == (again,)
    assert Architecture.variants["some_net"] is variant
    assert re.fullmatch(rf"lossgeo_plugin_my_net_{again.sha256[:16]}", variant.__module__)


def test_a_plugin_is_forgotten_with_its_kinds(tmp_path: Path) -> None:
    modules, kinds = set(sys.modules), {role: dict(role.variants) for role in roles()}

    with forgetting():
        load(write_net(tmp_path / "net.py"))
        assert "some_net" in Architecture.variants

    assert {role: dict(role.variants) for role in roles()} == kinds
    assert set(sys.modules) == modules
    assert loaded() == ()


def test_a_plugin_makes_no_folder_a_place_of_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place])
    before = list(sys.path)
    (tmp_path / "beside.py").write_text("raise RuntimeError('this ran')")
    (tmp_path / "plugin.py").write_text("import beside")

    with pytest.raises(
        SpecError, match=r"plugin\.py:1: expected a plugin .*ModuleNotFoundError: No module named 'beside'"
    ):
        load(tmp_path / "plugin.py")

    assert sys.path == before


def test_two_plugins_with_one_kind_are_refused_with_both_places(tmp_path: Path) -> None:
    one, other = write_net(tmp_path / "one.py"), tmp_path / "other.py"
    other.write_text(one.read_text() + "\n\nFURTHER = 1\n")
    load(one)

    with pytest.raises(SpecError, match=rf"Net in {other}: kind 'some_net' is taken by Net in {one}; choose another"):
        load(other)

    assert [plugin.name for plugin in loaded()] == ["one.py"]


def test_a_plugin_cannot_take_the_place_of_a_shipped_kind(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"kind 'mlp' is taken by lossgeo\.architectures\.mlp\.Mlp"):
        load(write_net(tmp_path / "net.py", "mlp"))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1\nclass (", r":2: .*got SyntaxError: invalid syntax"),
        ("import no_such_module", r":1: .*got ModuleNotFoundError: No module named 'no_such_module'"),
        ("from lossgeo.families.base import Familie", r":1: .*got ImportError: cannot import name 'Familie'"),
        ("\n\nundefined", r":3: .*got NameError: name 'undefined' is not defined"),
        ("import sys\nsys.exit(3)", r":2: .*got SystemExit: 3"),
        ("x = '\0'", r"got SyntaxError: source code .*null bytes"),
        ("raise ValueError('several\\nlines')", r":1: .*got ValueError: several lines; mend it"),
    ],
)
def test_a_plugin_with_a_fault_is_told_in_one_line(code: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "faulty.py").write_text(code)

    with pytest.raises(SpecError, match=says) as raised:
        load(tmp_path / "faulty.py")

    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(str(tmp_path / "faulty.py"))


def test_what_a_failing_plugin_registered_is_taken_back(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.py")
    path.write_text(path.read_text() + "\n\nundefined\n")

    with pytest.raises(SpecError):
        load(path)

    assert "some_net" not in Architecture.variants


def test_the_command_line_does_not_blame_itself_for_a_faulty_plugin(tmp_path: Path) -> None:
    (tmp_path / "faulty.py").write_text("class (")

    done = quick_call("list", "--plugin", "faulty.py", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"/.*/faulty\.py:1: expected a plugin that can be imported, got SyntaxError: .*\n", done.stderr)


def test_an_error_of_a_plugin_while_a_spec_is_checked_is_told_as_its_own(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.py")
    path.write_text(path.read_text() + "\n    def smoke(self):\n        return undefined\n")
    (tmp_path / "study.yaml").write_text("title: t\narchitecture: {kind: some_net}\n")

    done = quick_call("plan", "study.yaml", "--smoke", "--plugin", "net.py", folder=tmp_path)

    assert done.returncode == 70
    assert done.stderr.splitlines()[-1] == f"this is an error in the plugin {path}; see the text above"


def test_a_plugin_that_changed_is_refused_by_other_processes(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.py")
    with forgetting():
        load(path)
        handed = json.loads(json.dumps(handed_over()))
    path.write_text(path.read_text() + "\n\nFURTHER = 1\n")

    with pytest.raises(SpecError, match=r"net\.py: expected the plugin that this run began with .*changed since"):
        take_over(handed)


def test_a_plugin_that_changed_is_not_imported_again_beside_its_past_self(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.py")
    load(path)
    path.write_text(path.read_text() + "\n\nFURTHER = 1\n")

    with pytest.raises(
        SpecError, match="expected the plugin that this process has imported before, got a file that was"
    ):
        load(path)


def test_keys_have_the_source_that_was_imported_whatever_became_of_the_file(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.py")
    expected = sha256(sha256(path.read_bytes()).digest()).hexdigest()
    load(path)

    path.write_text("edited")

    assert source_digest(Architecture.variants["some_net"]) == expected


def test_a_kernel_is_told_its_plugins_as_plain_values(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.py")
    load(path)

    told = json.loads(ReportKernel().kernel_spec.env[VARIABLE])

    assert told == [{"path": str(path), "sha256": sha256(path.read_bytes()).hexdigest()}]
    assert known() == [{"name": "net.py", "sha256": told[0]["sha256"]}]


# Commands


def test_a_plugin_of_the_command_line_is_listed_and_can_be_named_in_a_spec(tmp_path: Path) -> None:
    write_net(tmp_path / "net.py")
    (tmp_path / "study.yaml").write_text("title: t\narchitecture: {kind: some_net}\n")

    listed = quick_call("list", "architectures", "--plugin", "net.py", folder=tmp_path)
    valid = quick_call("validate", "study.yaml", "--plugin", "net.py", folder=tmp_path)
    unknown = quick_call("validate", "study.yaml", folder=tmp_path)

    assert "  some_net: A network of somebody's own.\n" in listed.stdout
    assert valid.returncode == 0
    assert unknown.returncode == 2


def test_a_kind_without_a_docstring_and_with_a_required_option_is_listed(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from lossgeo.architectures.mlp import Mlp\n\n\n"
        "class Net(Mlp, kind='some_net'):\n    gates: int\n\n"
        "    @classmethod\n    def example(cls):\n        return cls(gates=3)\n"
    )

    done = quick_call("list", "architectures", "--plugin", "net.py", folder=tmp_path)

    assert "  some_net\n" in done.stdout
    assert "      gates: 3  # required, for example this\n" in done.stdout


def test_what_one_spec_imports_is_not_there_for_the_next(tmp_path: Path) -> None:
    write_net(tmp_path / "net.py")
    text = "title: t\narchitecture: {kind: some_net}\n"
    (tmp_path / "first.yaml").write_text(f"plugins: [net.py]\n{text}")
    (tmp_path / "second.yaml").write_text(text)

    done = quick_call("validate", "first.yaml", "second.yaml", "first.yaml", "--allow-code", folder=tmp_path)

    assert done.returncode == 2
    assert done.stdout.count("first.yaml: valid") == 2
    assert done.stderr.startswith("second.yaml:2:22: architecture.kind: got 'some_net'")


def test_an_installed_package_brings_its_kinds(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_net(site / "some_package" / "nets.py")
    (site / "some_package" / "__init__.py").write_text("")
    information = site / "some_package-1.2.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: some-package\nVersion: 1.2\n")
    (information / "entry_points.txt").write_text("[lossgeo.plugins]\nsome = some_package.nets\n")
    path = f"{Path(sys.modules['lossgeo'].__file__ or '').parents[1]}:{site}"

    listed = call("list", "architectures", folder=tmp_path, PYTHONPATH=path)
    (site / "some_package" / "nets.py").write_text("undefined")
    faulty = call("list", "architectures", folder=tmp_path, PYTHONPATH=path)

    assert "  some_net: A network of somebody's own.\n" in listed.stdout
    assert faulty.returncode == 2
    assert faulty.stderr.startswith(
        "some-package 1.2, the entry point some = some_package.nets of lossgeo.plugins: expected a plugin that can be "
        "imported, got NameError: name 'undefined' is not defined"
    )


def test_the_command_that_resumes_names_the_plugins_too(tmp_path: Path) -> None:
    write_net(tmp_path / "net.py")
    (tmp_path / "study.yaml").write_text("title: t\narchitecture: {kind: some_net}\n")

    done = quick_call("report", "study.yaml", "--plugin", "net.py", "--allow-code", folder=tmp_path)

    assert done.stderr.endswith("lossgeo run study.yaml --plugin net.py --allow-code\n")


def test_plugins_are_no_part_of_a_sweep_and_of_no_key() -> None:
    with pytest.raises(SpecError, match=r"sweep"):
        read_text("title: t\nplugins: [a.py]\nsweep: {plugins.0: [b.py]}\n", "s.yaml", Study)
    from lossgeo.jobs import Jobs

    with_one, without = (Jobs(read_text(f"title: t\n{line}", "s.yaml", Study)) for line in ("plugins: [a.py]\n", ""))

    assert [job.key for job in with_one.targets] == [job.key for job in without.targets]


def test_an_example_analysis_is_unknown_without_its_plugin() -> None:
    assert "hessian_trace" not in Analysis.variants


def test_a_variant_that_adds_no_option_leaves_the_kind_of_its_parent_alone(tmp_path: Path) -> None:
    load(write_net(tmp_path / "net.py"))

    parent, own = (Architecture.variants[kind] for kind in ("mlp", "some_net"))

    assert (parent.__annotations__.get("kind"), own.model_validate({"kind": "some_net"}).kind) == (
        Literal["mlp"],
        "some_net",
    )
    assert parent.model_validate({"kind": "mlp"}) == parent()
