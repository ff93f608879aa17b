"""Data sets that torchvision can download: where they are looked for, and how they are verified."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Any, ClassVar

from lossgeo.datasets.pictures import Official, Pictures
from lossgeo.datasets.places import cache_folder
from lossgeo.errors import DataError


class Published(Pictures):
    """A data set of ``torchvision.datasets`` whose files are verified by their published MD5 sums before a read."""

    files: ClassVar[Mapping[str, str]]
    """Path of a file below a data folder → its published MD5 sum."""

    @abstractmethod
    def read_files(self, folder: Path, *, download: bool) -> Official:
        """The data set, read from the files below `folder` through torchvision's class."""

    def official(self, folders: Sequence[Path]) -> Official:
        """The data set from the first of `folders`, or the user's cache, that has all files; otherwise downloaded.

        Raises:
            DataError: if it is nowhere and cannot be downloaded, or if a file is not the published one.
        """
        places = [*folders, cache_folder()]
        for folder in places:
            if self._is_in(folder):
                self._verify(folder)
                return self.read_files(folder, download=False)
        return self._download(places)

    def look_for(self, folders: Sequence[Path]) -> str | None:
        if any(self._is_in(folder) for folder in (*folders, cache_folder())):
            return None
        return f"{self.kind} is in none of the data folders: a run downloads it into {cache_folder()}"

    def _is_in(self, folder: Path) -> bool:
        return all((folder / name).is_file() for name in self.files)

    def _verify(self, folder: Path) -> None:
        for name, expected in self.files.items():
            with (folder / name).open("rb") as file:
                found = file_digest(file, "md5").hexdigest()
            if found != expected:
                raise DataError(
                    f"{folder / name}: MD5 {found}, expected {expected}; this is not the published {self.kind} file: "
                    f"delete it to have it looked for elsewhere or downloaded again"
                )

    def _download(self, places: Sequence[Path]) -> Official:
        target = places[-1]
        try:
            target.mkdir(parents=True, exist_ok=True)
            official = self.read_files(target, download=True)
        except (OSError, RuntimeError) as error:
            raise DataError(self._not_found(places, error)) from error
        self._verify(target)
        return official

    def _not_found(self, places: Sequence[Path], error: Exception) -> str:
        names = "\n".join(f"    {name}" for name in self.files)
        looked = "\n".join(f"    {place}" for place in places)
        reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        return (
            f"{self.kind}: the data set is in none of the data folders, and downloading it failed ({reason[0]})\n"
            f"  files:\n{names}\n  looked for in:\n{looked}\n"
            f"  To put them there by hand, copy the files with this layout into one of the folders, or name another "
            f"folder with --data DIR or LOSSGEO_DATA.\n"
            f"  Without any data set: lossgeo run specs/quickstart.yaml"
        )


def torchvision_class(name: str) -> Any:
    """A class of ``torchvision.datasets``, imported only when a data set is read."""
    import torchvision

    return getattr(torchvision.datasets, name)
