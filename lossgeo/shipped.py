"""Specs and report templates: those of the working directory first, then those shipped with lossgeo."""

from __future__ import annotations

from pathlib import Path

INSTALLED = Path(__file__).parent / "_shipped"
CHECKOUT = Path(__file__).parent.parent
TEMPLATES = "report_templates"
SPECS = "specs"


def shipped(folder: str) -> Path:
    """The folder of that name inside the wheel, or in the checkout that lossgeo is imported from."""
    inside = INSTALLED / folder
    return inside if inside.is_dir() else CHECKOUT / folder


def find_spec(path: Path) -> Path:
    """The path of a spec: `path` itself, or the shipped spec of that name if there is no such file."""
    if path.exists() or path.is_absolute() or not path.parts or path.parts[0] != SPECS:
        return path
    inside = shipped(SPECS).joinpath(*path.parts[1:])
    return inside if inside.is_file() and ".." not in path.parts else path


def find_template(name: str, beside: Path | None = None) -> Path | None:
    """The section ``<name>.py`` of ``report_templates/`` in the working directory, else of a folder, else as shipped.

    Args:
        name: of the section; a kind of analysis, for most.
        beside: the folder of templates beside a plugin.
    """
    folders = (Path(TEMPLATES), *(() if beside is None else (beside,)), shipped(TEMPLATES))
    return next((folder / f"{name}.py" for folder in folders if (folder / f"{name}.py").is_file()), None)


def own_templates() -> list[Path]:
    """The files in ``report_templates/`` of the working directory, sorted; none where those are the shipped ones."""
    folder = Path(TEMPLATES)
    return [] if folder.resolve() == shipped(TEMPLATES).resolve() else sorted(folder.glob("*.py"))


def specs() -> list[Path]:
    """The shipped specs, sorted."""
    return sorted(shipped(SPECS).rglob("*.yaml"))


def templates() -> list[Path]:
    """The sections available to a report: those of the working directory hide shipped ones."""
    names = {path.stem for folder in (Path(TEMPLATES), shipped(TEMPLATES)) for path in folder.glob("*.py")}
    return [path for name in sorted(names) if (path := find_template(name)) is not None]
