"""A folder's files as text, and a scheme made of them again."""

from __future__ import annotations

import json
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scoring.check import load_usable
from scoring.scheme import FILES, Scheme
from server.platform.kit.digests import digest_of

_LARGEST = 1_000_000


def read_folder(folder: Path) -> dict[str, str]:
    """The files of a city's folder. Raises ValueError where one is missing, no file, too large or not UTF-8."""
    files: dict[str, str] = {}
    for name in FILES:
        place = f"{folder.resolve().name}/{name}"
        try:
            found = (folder / name).stat()
            if not stat.S_ISREG(found.st_mode):
                raise ValueError(f"{place}: it is no file that can be read")
            if found.st_size > _LARGEST:
                raise ValueError(f"{place}: it has {found.st_size:,} bytes; {_LARGEST:,} are allowed")
            files[name] = (folder / name).read_bytes().decode()
        except OSError as error:
            raise ValueError(f"{place}: {error}") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"{place}: it is not UTF-8; save it as UTF-8") from error
    return files


def digest_of_files(files: Mapping[str, str]) -> str:
    """What identifies these files, byte for byte."""
    return digest_of(json.dumps(files, ensure_ascii=False, sort_keys=True))


def scheme_of(files: Mapping[str, str], label: str) -> Scheme:
    """The scheme that files make; `label` names their folder in what is wrong.

    Raises:
        ValueError: it does not load, or the checker finds something; the text says what, with file and line.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / label
        folder.mkdir()
        for name in FILES:
            (folder / name).write_text(files[name], "utf-8")
        try:
            return load_usable(str(folder))
        except ValueError as error:  # where it was written for a moment tells a reader nothing
            raise ValueError(str(error).replace(str(folder), label)) from None
