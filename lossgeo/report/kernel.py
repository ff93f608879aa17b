"""The kernel that runs a report: this interpreter, one thread, without the folder it runs in on its path."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Unicode, default

from lossgeo.plugins.handed import VARIABLE, handed_over

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB")}

LAUNCH = "import gc; gc.set_threshold(50_000); from ipykernel.kernelapp import launch_new_instance as go; go()"
"""What ``ipykernel_launcher`` does, without looking through all that torch imports time and again."""


class ReportKernel(AsyncKernelManager):
    """Starts ipykernel in ``sys.executable``, so that no kernel has to be registered anywhere.

    The kernel talks through sockets in a folder that only this user can enter, which is removed with it; there it
    also finds an empty IPython profile, so that a user's start-up files do not change a report. Neither the working
    directory nor its modules are on the path: a stray ``torch.py`` beside the results is not imported. The plugins that
    it imports are those of the process that starts it, never those that the folder of the report names.
    """

    folder = Unicode(help="Holds the sockets and the profile.")

    @default("folder")
    def _default_folder(self) -> str:
        return tempfile.mkdtemp(prefix="lossgeo-")

    @default("transport")
    def _default_transport(self) -> str:
        return "ipc" if os.name == "posix" else "tcp"

    @default("connection_file")
    def _default_connection_file(self) -> str:
        return str(Path(self.folder) / "kernel.json")

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command and environment that start the kernel."""
        command = [sys.executable, "-P", "-c", LAUNCH, "-f", "{connection_file}"]
        environment = {
            **ONE_THREAD,
            "IPYTHONDIR": str(Path(self.folder) / "ipython"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONHASHSEED": "0",
            VARIABLE: json.dumps(handed_over()),
        }
        return KernelSpec(
            argv=[*command, "--IPKernelApp.ignore_cwd=True"],
            env=environment,
            display_name="Python 3",
            language="python",
        )

    def cleanup_connection_file(self) -> None:
        """Remove the kernel's folder with the sockets and the profile in it."""
        super().cleanup_connection_file()
        shutil.rmtree(self.folder, ignore_errors=True)
