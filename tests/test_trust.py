"""Code of a folder runs where its user trusts that folder, and nowhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from quick_call import quick_call
from tiny_study import PROGRAM, environment

from lossgeo.errors import SpecError
from lossgeo.plugins import trust
from lossgeo.plugins.wanted import Code

CANARY = """\
from pathlib import Path

Path(__file__).with_name("canary").write_text("ran")
"""

SPEC = "title: Somebody's\nplugins: [mine.py, deeper/other.py]\nsubspaces: {line: {kind: simplex}}\n"

AUDITED = """\
import sys
from pathlib import Path
import lossgeo.commands, lossgeo.cli, lossgeo.plugins.wanted

folder, writing = str(Path.cwd()), {"w", "a", "x", "+"}
seen = []

def hook(event, arguments):
    first = str(arguments[0]) if arguments else ""
    if event == "import" and (folder in str(arguments[1]) or first in ("mine", "other", "torch_stray")):
        seen.append((event, first))
    if event in ("exec", "compile") and folder in str(getattr(arguments[0], "co_filename", "")) + str(arguments[-1]):
        seen.append((event, str(arguments)))
    if event == "open" and (set(str(arguments[1])) & writing or arguments[2] & 0o3):
        seen.append((event, first))
    if event == "open" and first.startswith(folder) and first.endswith(".py"):
        seen.append((event, first))
    processes = ("os.system", "os.fork", "os.exec", "os.posix_spawn")
    if event.split(".")[0] in ("subprocess", "socket") or event in processes:
        seen.append((event, first))

sys.addaudithook(hook)
sys.argv = ["lossgeo", *sys.argv[1:]]
code = 0
try:
    lossgeo.cli.main()
except SystemExit as end:
    code = end.code
finally:
    print("code", code, "seen", seen)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a spec that names two plugins, each of which writes a canary when it is imported."""
    folder = tmp_path / "somebodys"
    (folder / "deeper").mkdir(parents=True)
    (folder / "mine.py").write_text(CANARY)
    (folder / "deeper" / "other.py").write_text(CANARY)
    (folder / "study.yaml").write_text(SPEC)
    return folder


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration, which is empty."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    return tmp_path / "configuration"


def canaries(folder: Path) -> list[Path]:
    return sorted(folder.rglob("canary"))


def validate(folder: Path, *options: str, **changed: str) -> subprocess.CompletedProcess[str]:
    configuration = str(folder.parent / "configuration")
    return quick_call("validate", "study.yaml", *options, folder=folder, XDG_CONFIG_HOME=configuration, **changed)


def audited(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", AUDITED, "validate", "study.yaml", *options],
        cwd=folder,
        env=environment(XDG_CONFIG_HOME=str(folder.parent / "configuration")),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_validation_of_an_untrusted_folder_runs_and_writes_nothing(folder: Path) -> None:
    done = audited(folder)

    assert done.stdout.splitlines()[-1] == "code 2 seen []", done.stderr
    assert canaries(folder) == []
    assert not (folder.parent / "configuration").exists()


def test_the_audit_would_see_a_plugin_that_runs(folder: Path) -> None:
    done = audited(folder, "--allow-code")

    seen = done.stdout.splitlines()[-1]
    assert "'exec'" in seen
    assert "'open'" in seen
    assert len(canaries(folder)) == 2


@pytest.mark.parametrize("command", ["validate", "plan", "run", "report"])
def test_every_command_names_what_would_run_and_how_to_allow_it(command: str, folder: Path) -> None:
    done = quick_call(command, "study.yaml", folder=folder, XDG_CONFIG_HOME=str(folder.parent / "configuration"))

    assert (done.returncode, done.stdout) == (2, "")
    assert f"{folder}/mine.py\n    {folder}/deeper/other.py\n" in done.stderr
    assert f"`lossgeo trust {folder}` for good, or --allow-code (LOSSGEO_ALLOW_CODE=1) for one command" in done.stderr
    assert canaries(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["deeper", "mine.py", "study.yaml"]


def test_a_folder_is_trusted_until_it_is_no_longer(folder: Path) -> None:
    configuration = str(folder.parent / "configuration")

    def trusting(*arguments: str) -> subprocess.CompletedProcess[str]:
        return quick_call("trust", *arguments, folder=folder, XDG_CONFIG_HOME=configuration)

    assert trusting(str(folder)).returncode == 0
    assert trusting("--list").stdout == f"{folder}\n"
    assert validate(folder).returncode == 0
    assert len(canaries(folder)) == 2
    assert trusting("--remove", ".").returncode == 0
    assert trusting("--list").stdout == ""
    assert validate(folder).returncode == 2
    assert list(folder.rglob("__pycache__")) == []


@pytest.mark.parametrize(("option", "changed"), [("--allow-code", {}), ("", {"LOSSGEO_ALLOW_CODE": "1"})])
def test_code_may_be_allowed_for_one_command(option: str, changed: dict[str, str], folder: Path) -> None:
    done = validate(folder, *([option] if option else []), **changed)

    assert done.returncode == 0
    assert len(canaries(folder)) == 2
    assert validate(folder, LOSSGEO_ALLOW_CODE="0").returncode == 2


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2)])
def test_whoever_sits_at_a_terminal_is_asked_once(answer: str, code: int, folder: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())

    done = subprocess.run(
        [*PROGRAM, "validate", "study.yaml"],
        cwd=folder,
        env=environment(XDG_CONFIG_HOME=str(folder.parent / "configuration")),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
        timeout=120,
    )

    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert done.returncode == code
    assert re.search(r"mine\.py\s+.*other\.py\s+Do you trust .*somebodys, with all that it holds\? \[y/N\]", shown)
    assert len(canaries(folder)) == (2 if answer == "y" else 0)
    assert validate(folder).returncode == code


@pytest.mark.usefixtures("configuration")
def test_a_folder_is_trusted_with_those_below_it_and_no_others(tmp_path: Path) -> None:
    for name in ("one/below", "one-more"):
        (tmp_path / name).mkdir(parents=True)

    trust.trust(tmp_path / "one")

    assert trust.is_trusted(tmp_path / "one" / "below")
    assert not trust.is_trusted(tmp_path / "one-more")
    assert not trust.is_trusted(tmp_path)


@pytest.mark.usefixtures("configuration")
def test_a_link_does_not_carry_trust_to_what_it_leads_to(tmp_path: Path) -> None:
    for name in ("mine", "theirs"):
        (tmp_path / name).mkdir()
    (tmp_path / "mine" / "link").symlink_to(tmp_path / "theirs")

    trust.trust(tmp_path / "mine")

    assert not trust.is_trusted(tmp_path / "mine" / "link")


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1]"])
def test_a_damaged_list_trusts_nothing_and_says_so(text: str, configuration: Path) -> None:
    (configuration / "lossgeo").mkdir(parents=True)
    (configuration / "lossgeo" / trust.FILE).write_text(text)

    with pytest.raises(
        SpecError, match=r"trusted_folders\.json: expected a JSON list of folders, got .*; mend or remove"
    ):
        trust.is_trusted(configuration)


@pytest.mark.usefixtures("configuration")
def test_only_folders_are_trusted_and_only_trusted_ones_removed(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="expected a folder to trust, got none of this name"):
        trust.trust(tmp_path / "nowhere")
    with pytest.raises(SpecError, match="expected a folder that is trusted, which are none"):
        trust.distrust(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd.py", "../mine.py", "deeper/../mine.py", "http://host/mine.py", "mine", "~/mine.py", "./mine.py", ""],
)
def test_a_spec_names_plugins_by_plain_ways_below_its_folder(name: str, folder: Path) -> None:
    (folder / "study.yaml").write_text(SPEC.replace("mine.py", f"'{name}'"))

    done = validate(folder, "--allow-code")

    assert done.returncode == 2
    assert f"study.yaml:2:11: plugins.0: got {name!r}; expected a Python file beside the spec" in done.stderr
    assert canaries(folder) == []


def test_a_link_out_of_the_folder_is_no_plugin(folder: Path) -> None:
    (folder.parent / "outside.py").write_text(CANARY)
    (folder / "mine.py").unlink()
    (folder / "mine.py").symlink_to(folder.parent / "outside.py")

    done = validate(folder, "--allow-code")

    assert done.returncode == 2
    assert "plugins.0: got 'mine.py', a link that leads out of the folder; expected" in done.stderr
    assert canaries(folder.parent) == []


def test_a_plugin_that_is_not_there_is_named_with_its_line(folder: Path) -> None:
    (folder / "mine.py").unlink()

    done = validate(folder, "--allow-code")

    assert done.returncode == 2
    assert "study.yaml:2:11: plugins.0: got 'mine.py', which is not there; expected" in done.stderr
    assert canaries(folder) == []


@pytest.mark.usefixtures("configuration")
def test_plugins_of_a_pyproject_need_trust_as_those_of_a_spec(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pyproject.toml").write_text('[tool.lossgeo]\nplugins = ["mine.py"]\n')
    monkeypatch.chdir(folder)

    with pytest.raises(SpecError, match=r"these plugins would run as code of yours:\n.*/mine\.py\nnothing of them"):
        Code().load()

    assert canaries(folder) == []


def test_plugins_of_a_pyproject_are_imported_where_it_is_trusted(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.lossgeo]\nplugins = ["mine.py"]\n')

    done = quick_call("list", "optimizers", "--allow-code", folder=folder)

    assert done.returncode == 0
    assert canaries(folder) == [folder / "canary"]
