"""The command line. Nothing heavy is imported before a command needs it, so that help comes at once."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from lossgeo.streams import open_closed, say

app = typer.Typer(
    name="lossgeo",
    help="Studies of loss landscapes: from a YAML spec to an HTML report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Spec = Annotated[Path, typer.Argument(metavar="SPEC", help="The spec of a study, such as specs/quickstart.yaml.")]
Set = Annotated[
    list[str],
    typer.Option("--set", "-s", metavar="KEY=VALUE", help="Override a value of the spec, such as training.epochs=2."),
]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="Folder of the stored results [LOSSGEO_STORE, or .lossgeo]."),
]
Data = Annotated[
    list[Path],
    typer.Option(
        "--data",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="Folder to look for data sets in first [LOSSGEO_DATA].",
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Write the report into DIR/<study>/.")]
Smoke = Annotated[bool, typer.Option("--smoke", help="Use toy sizes: the same jobs, in well under a minute.")]
CheckClaims = Annotated[
    bool,
    typer.Option(
        "--check-claims",
        help="Exit with 5 if a claim of the spec does not hold or cannot be checked; undecided claims pass.",
    ),
]
Plugins = Annotated[
    list[Path], typer.Option("--plugin", metavar="FILE", help="Import a Python file with kinds of your own.")
]
AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code", help="Trust the folder of the spec's plugins for this command [LOSSGEO_ALLOW_CODE=1]."
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        *("--workers", "-j"),
        min=0,
        help="Number of jobs side by side [that of the cores, or of the GPUs]; 0 runs them in this process.",
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="cpu|cuda|cuda:N|auto",
        help="What networks are computed on, in place of the spec's numerics.device [LOSSGEO_DEVICE].",
    ),
]

EXIT_INTERRUPTED, EXIT_TERMINATED, EXIT_BUG = 130, 143, 70


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001  # the signature of a callback
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"lossgeo {version('lossgeo')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Studies of loss landscapes: from a YAML spec to an HTML report."""
    del version


@app.command()
def run(
    spec: Spec,
    overrides: Set = [],
    output: Output = Path("reports"),
    workers: Workers = None,
    store: StoreOption = None,
    data: Data = [],
    smoke: Smoke = False,
    device: Device = None,
    check_claims: CheckClaims = False,
    plugins: Plugins = [],
    allow_code: AllowCode = False,
) -> None:
    """Compute the missing results of a study and render its report."""
    from lossgeo.commands import Request, run_study
    from lossgeo.devices import device_setting
    from lossgeo.plugins.wanted import Code

    code, placed = Code(tuple(plugins), allow_code), device_setting(device)
    request = Request(spec, tuple(overrides), smoke, store, code, device, placed)
    raise typer.Exit(run_study(request, output, data, workers, check_claims=check_claims))


@app.command()
def plan(
    spec: Spec,
    overrides: Set = [],
    store: StoreOption = None,
    data: Data = [],
    smoke: Smoke = False,
    device: Device = None,
    plugins: Plugins = [],
    allow_code: AllowCode = False,
) -> None:
    """List the jobs that a run would compute and those that it would reuse."""
    from lossgeo.commands import Request, plan_study
    from lossgeo.devices import device_setting
    from lossgeo.plugins.wanted import Code

    code, placed = Code(tuple(plugins), allow_code), device_setting(device)
    request = Request(spec, tuple(overrides), smoke, store, code, device, placed)
    todo, labels = plan_study(request, data)
    for mark, jobs in (("compute", todo.missing), ("reuse", todo.reused)):
        for job in jobs:
            typer.echo(f"{mark:8}{job.key[:12]}  {labels[job.key]}")
    typer.echo(f"{len(todo.missing)} to compute, {len(todo.reused)} to reuse")


@app.command()
def validate(
    specs: Annotated[list[Path], typer.Argument(metavar="SPEC...", help="Specs to check.")],
    overrides: Set = [],
    data: Data = [],
    plugins: Plugins = [],
    allow_code: AllowCode = False,
) -> None:
    """Check specs, and whether their data are there, and report every fault with its line."""
    from lossgeo.commands import Request, validate_study
    from lossgeo.errors import DataError, SpecError
    from lossgeo.plugins.imports import forgetting
    from lossgeo.plugins.wanted import Code

    faults: list[str] = []
    missing: list[str] = []
    code = Code(tuple(plugins), allow_code)
    for spec in specs:
        try:
            with forgetting():  # what one spec imports is not there for the next
                held = validate_study(Request(spec, tuple(overrides), code=code), data)
            typer.echo(f"{spec}: valid: {held}")
        except SpecError as error:
            faults.append(str(error))
        except DataError as error:
            missing.append(f"{spec}: dataset: {error}")
    if faults:
        raise SpecError("\n".join([*faults, *missing]))
    if missing:
        raise DataError("\n".join(missing))


@app.command()
def report(
    spec: Spec,
    overrides: Set = [],
    output: Output = Path("reports"),
    store: StoreOption = None,
    smoke: Smoke = False,
    device: Device = None,
    check_claims: CheckClaims = False,
    plugins: Plugins = [],
    allow_code: AllowCode = False,
) -> None:
    """Render the report again from stored results, without running a job."""
    from lossgeo.commands import Request, render_again
    from lossgeo.devices import device_setting
    from lossgeo.plugins.wanted import Code

    code, placed = Code(tuple(plugins), allow_code), device_setting(device)
    request = Request(spec, tuple(overrides), smoke, store, code, device, placed)
    raise typer.Exit(render_again(request, output, check_claims=check_claims))


@app.command("list")
def catalogue(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[WHAT]",
            help="One of datasets, architectures, problems, networks, families, analyses, optimizers, training, specs, "
            "templates.",
        ),
    ] = "",
    plugins: Plugins = [],
    allow_code: AllowCode = False,
) -> None:
    """List everything that a spec can name, with options and defaults."""
    from lossgeo.catalogue import describe
    from lossgeo.plugins.wanted import Code

    Code(tuple(plugins), allow_code).load()
    typer.echo(describe(what))


@app.command()
def trust(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Folder of specs and their plugins.")] = None,
    is_listing: Annotated[bool, typer.Option("--list", help="Print the folders that are trusted.")] = False,
    is_removing: Annotated[
        bool, typer.Option("--remove", help="Remove the folder from those that are trusted.")
    ] = False,
) -> None:
    """Let the specs of a folder, and of those below it, import the Python files there that they name."""
    from lossgeo.plugins import trust as trusting

    if is_listing or folder is None:
        if not is_listing or folder is not None or is_removing:
            raise typer.BadParameter("expected either a folder or --list")
        for trusted in trusting.trusted_folders():
            typer.echo(str(trusted))
    elif is_removing:
        typer.echo(f"{trusting.distrust(folder)}: no longer trusted")
    else:
        typer.echo(f"{trusting.trust(folder)}: trusted, with the folders below it, by {trusting.configuration()}")


def program() -> NoReturn:
    """Be the console script: run the command line, and end the process at once.

    Importing torch makes a million objects. To look through them for circles as often as Python does by itself, and to
    take them apart at the end, would be a third of a short command.
    """
    gc.set_threshold(50_000)
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    else:
        code = 0
    atexit._run_exitfuncs()  # noqa: SLF001  # which os._exit leaves out
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # its reader has gone
            stream.flush()
    os._exit(code)


def main() -> None:
    """Run the command line; errors are reported in words, with the exit code of their kind."""
    open_closed()
    from lossgeo.engine.signals import Terminated, heeding_sigterm
    from lossgeo.errors import LossgeoError

    try:
        with heeding_sigterm():
            app()
    except LossgeoError as error:
        say(str(error), sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except Terminated:
        sys.exit(EXIT_TERMINATED)
    except Exception as error:  # noqa: BLE001  # whatever else it is, it is not the fault of a spec
        from lossgeo.plugins.imports import plugin_at_fault

        traceback.print_exc()
        plugin = plugin_at_fault(error)
        whose = "a bug in lossgeo; please report it with" if plugin is None else f"an error in the plugin {plugin}; see"
        typer.echo(f"this is {whose} the text above", err=True)
        sys.exit(EXIT_BUG)
