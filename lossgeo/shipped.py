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


def find_template(name: str) -> Path | None:
    """The section ``report_templates/<name>.py`` of the working directory, else the shipped one, else None."""
    for folder in (Path(TEMPLATES), shipped(TEMPLATES)):
        if (folder / f"{name}.py").is_file():
            return folder / f"{name}.py"
    return None


def specs() -> list[Path]:
    """The shipped specs, sorted."""
    return sorted(shipped(SPECS).rglob("*.yaml"))


def templates() -> list[Path]:
    """The sections available to a report: those of the working directory hide shipped ones."""
    names = {path.stem for folder in (Path(TEMPLATES), shipped(TEMPLATES)) for path in folder.glob("*.py")}
    return [path for name in sorted(names) if (path := find_template(name)) is not None]
