"""What may import what, and what nobody may do: read from the source, nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lossgeo"

LEAVES = {"errors", "lazy", "statistics", "variant"}

LAYERS: dict[str, set[str]] = {
    # nothing of ours
    "errors": set(),
    "variant": set(),
    "statistics": set(),
    "lazy": set(),
    # foundations, which know nothing of each other
    "engine": set(),
    "kernels": set(),
    "landscape": {"kernels"},
    "geometry": {"landscape.weights"},
    "documents": set(),
    "training": {"landscape", "documents.faults", "kernels"},
    "networks": {"landscape", "training.options", "documents.faults"},
    "settings": set(),
    "streams": set(),
    "plugins": {"documents", "settings", "streams"},
    "spec": {
        *("documents", "analyses.base", "architectures.base", "datasets.base", "families.base", "networks"),
        *("problems.base", "problems.network", "landscape.task", "training.options", "plugins.plugin"),
        *("families.point", "measures.record"),
    },
    # the roles and their variants
    "architectures": {"landscape", "documents.faults"},
    "datasets": {"landscape"},
    "problems": {"landscape", "architectures.base", "datasets.base", "training.setting"},
    "families": {
        *("landscape", "geometry", "networks", "training.objective", "training.options"),
        *("documents.faults", "documents.places"),
    },
    "measures": {"landscape", "geometry", "datasets.base"},
    "analyses": {
        *("landscape", "geometry", "datasets.base", "families.base", "measures"),
        *("documents.faults", "networks.made_of"),
    },
    # a study: its jobs, and their results
    "stages": {
        *("engine", "landscape", "training", "measures.part", "measures.record"),
        *("analyses.base", "analyses.joint", "families.base", "families.point", "networks", "problems.base"),
    },
    "questions": {"stages"},
    "jobs": {
        *(
            "engine",
            "spec.study",
            "spec.sweep",
            "stages",
            "questions",
            "analyses.base",
            "analyses.joint",
            "families.base",
            "networks",
            "problems.base",
        ),
    },
    "provenance": {"plugins"},
    "shipped": set(),
    "markdown": set(),
    "results": {
        "engine",
        "documents.loader",
        "plugins",
        "spec",
        "jobs",
        "questions",
        "analyses.base",
        "analyses.joint",
        "measures.record",
        "landscape",
        "training.record",
    },
    "claims": {"markdown", "results", "spec.claim", "documents.faults", "documents.suggestions"},
    "swept": {"results", "spec.sweep"},
    # what people see
    "figures": {"analyses", "measures", "datasets.base", "markdown", "results", "spec.sweep", "swept"},
    "report": {
        *("engine", "documents", "spec", "results", "claims", "swept", "figures", "analyses", "measures"),
        *("provenance", "plugins", "shipped", "markdown"),
    },
    # the program
    "devices": {"landscape.numerics"},
    "worker": {"engine", "spec.study", "jobs", "plugins", "provenance", "devices"},
    "console": {"engine"},
    "catalogue": {
        *("documents.writer", "shipped", "training.optimizer", "training.options"),
        *("analyses.base", "architectures.base", "datasets.base", "families.base", "networks.base"),
        "problems.base",
    },
    "commands": {
        *("engine", "documents", "spec", "jobs", "results", "claims", "report"),
        *("worker", "console", "plugins", "provenance", "settings", "shipped", "streams"),
        "devices",
    },
    "cli": {"commands", "catalogue", "devices", "engine.signals", "plugins", "streams"},
    "contracts": {
        *("analyses.base", "architectures", "catalogue", "datasets.base", "documents", "engine.codec", "families"),
        *(
            "geometry.simplex",
            "landscape",
            "measures.part",
            "measures.record",
            "plugins",
            "problems.base",
            "training",
        ),
    },
    "": {"figures", "results", "spec.study"},  # the package itself: its public names
}
"""The first part of a module's name → what it may import besides the leaves; a dotted name is that module alone."""

DEFAULTS = {
    "spec.study": {
        *("architectures.mlp", "datasets.digits", "families.simplex", "families.mlp_curve", "families.point"),
        *("landscape.normalization", "landscape.numerics", "training.options", "training.record"),
    },
}
"""The one module that knows all roles also names what a study has by default, and how it is trained."""

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "torch.load", "torch.save", "yaml.load", "yaml.unsafe_load"}
FORBIDDEN_CALLS |= {"os.system", "os.popen", "torch.manual_seed", "numpy.random.seed", "np.random.seed", "random.seed"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "random"}

LONGEST_FILE = 300


@dataclass(frozen=True)
class Module:
    """A module of the package: its name without ``lossgeo.``, and its syntax."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax of the file."""
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @property
    def unit(self) -> str:
        """The part of the package that it belongs to."""
        return self.name.split(".")[0]

    def imports(self, tree: ast.AST | None = None) -> set[str]:
        """The modules of the package that it imports, wherever in the file; without ``lossgeo.``."""
        found: set[str] = set()
        for node in ast.walk(self.tree if tree is None else tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}: a relative import"
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        ours = {name.removeprefix("lossgeo").removeprefix(".") for name in found if name.split(".")[0] == "lossgeo"}
        return {_module(name) for name in ours}

    def foreign(self) -> set[str]:
        """The modules of others that it imports."""
        nodes = list(ast.walk(self.tree))
        plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """The names that are called, as they are written."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                yield ast.unparse(node.func), node


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES: Mapping[str, Module] = {
    _name(path): Module(_name(path), path)
    for path in sorted(PACKAGE.rglob("*.py"))
    if "_shipped" not in path.relative_to(PACKAGE).parts
}
EVERY = pytest.mark.parametrize("module", MODULES.values(), ids=lambda module: module.name or "lossgeo")


def _module(name: str) -> str:
    """The module that a name is of: itself, or the one that it is imported from."""
    return name if name in MODULES else name.rpartition(".")[0]


def _is_allowed(imported: str, allowed: set[str]) -> bool:
    parts = imported.split(".")
    return any(".".join(parts[:length]) in allowed for length in range(1, len(parts) + 1))


def test_the_package_is_found() -> None:
    assert len(MODULES) > 80


def test_every_part_of_the_package_has_a_place_in_the_table() -> None:
    assert {module.unit for module in MODULES.values()} == set(LAYERS)


@EVERY
def test_a_module_imports_only_what_its_layer_may(module: Module) -> None:
    allowed = LAYERS[module.unit] | LEAVES | DEFAULTS.get(module.name, set())

    others = {name for name in module.imports() if name.split(".")[0] not in ("", module.unit)}

    assert {name for name in others if not _is_allowed(name, allowed)} == set()


def test_the_leaves_import_nothing_of_ours() -> None:
    assert {name: MODULES[name].imports() for name in LEAVES} == {name: set() for name in LEAVES}


@pytest.mark.parametrize("unit", sorted(LAYERS))
def test_the_table_allows_nothing_that_nobody_needs(unit: str) -> None:
    used = {name for module in MODULES.values() if module.unit == unit for name in module.imports()}

    unused = {allowed for allowed in LAYERS[unit] if not any(_is_allowed(name, {allowed}) for name in used)}

    assert unused <= {"figures"}  # which a report draws from within its templates


def test_the_layers_lie_on_one_another() -> None:
    below = {unit: {name.split(".")[0] for name in allowed} for unit, allowed in LAYERS.items()}

    order = list(TopologicalSorter(below).static_order())

    assert max(order.index(unit) for unit in ("engine", "landscape", "geometry")) < order.index("report")
    assert order.index("report") < order.index("commands") < order.index("cli")


def test_only_the_study_knows_the_roles() -> None:
    roles = {"analyses", "architectures", "datasets", "families", "networks", "problems"}

    knowing = {
        module.name
        for module in MODULES.values()
        if module.unit == "spec" and {name.split(".")[0] for name in module.imports()} & roles
    }

    judging = {f"spec.{part}_faults" for part in ("made_of", "analysis", "subject", "claim")}  # beside one another
    assert knowing == {"spec.study", "spec.draft", *judging}


@pytest.mark.parametrize("unit", ["engine", "documents", "spec", "console", "settings", "shipped", "errors", "variant"])
def test_what_is_not_mathematics_knows_no_torch(unit: str) -> None:
    foreign = {name for module in MODULES.values() if module.unit == unit for name in module.foreign()}

    assert {name for name in foreign if name == "lossgeo.lazy" or name.startswith("torch")} == set()


def test_only_the_contracts_need_pytest() -> None:
    assert {module.unit for module in MODULES.values() if "pytest" in module.foreign()} == {"contracts"}


def test_no_module_imports_itself_on_a_detour_not_even_for_types_or_within_functions() -> None:
    graph = {module.name: module.imports() - {module.name, ""} for module in MODULES.values()}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@EVERY
def test_nothing_that_is_read_can_execute(module: Module) -> None:
    called = {name for name, _ in module.calls()}

    assert called & FORBIDDEN_CALLS == set()
    assert {name.split(".")[0] for name in module.foreign()} & FORBIDDEN_MODULES == set()
    keywords = {ast.unparse(word) for _, call in module.calls() for word in call.keywords if word.arg is not None}
    assert keywords & {"allow_pickle=True", "shell=True", "weights_only=False"} == set()


@EVERY
def test_numpy_never_loads_what_it_may_unpickle(module: Module) -> None:
    loads = [call for name, call in module.calls() if name in ("np.load", "numpy.load")]

    assert all(any(ast.unparse(word) == "allow_pickle=False" for word in call.keywords) for call in loads)


@EVERY
def test_random_numbers_come_from_a_generator_that_was_handed_over(module: Module) -> None:
    drawing = re.compile(r"torch\.(rand|randn|randperm|randint|bernoulli|normal|multinomial|rand_like|randn_like)")

    bare = [
        ast.unparse(call)
        for name, call in module.calls()
        if drawing.fullmatch(name) and "generator" not in {word.arg for word in call.keywords}
    ]

    assert bare == []


@EVERY
def test_a_file_is_not_longer_than_a_reader_can_hold(module: Module) -> None:
    assert len(module.path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
