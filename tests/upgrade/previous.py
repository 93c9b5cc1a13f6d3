"""The previous release: which commit it is, and its tree."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.paths import ROOT

_FLOORS = ("server", "schema", "bot", "scoring")


@dataclass(frozen=True, slots=True)
class Previous:
    """As `previous.toml` names it."""

    commit: str
    version: str
    layout: int


def previous() -> Previous:
    """The release before this one."""
    return Previous(**tomllib.loads(Path(__file__).with_name("previous.toml").read_text("utf-8")))


def tree_of(release: Previous, into: Path) -> Path:
    """Its source tree; skips the test where git or the commit is missing."""
    git = shutil.which("git")
    known = None if git is None else _git(git, "cat-file", "-e", f"{release.commit}^{{commit}}")
    if git is None or known is None or known.returncode != 0:
        pytest.skip(
            f"Release {release.version} is commit {release.commit[:10]}, and the history here does not go back to it "
            "(a shallow clone, or no git): `git fetch --unshallow`."
        )
    archive = _git(git, "archive", release.commit, *_FLOORS)
    assert archive.returncode == 0, archive.stderr.decode()
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(into, filter="data")
    return into


def _git(git: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([git, "-C", str(ROOT), *arguments], capture_output=True, check=False)
