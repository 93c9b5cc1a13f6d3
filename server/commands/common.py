"""What commands share: how they fail, what they say, and which system they are about."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from server.container import System, open_system
from server.settings import Settings, demo_settings, real_settings
from server.sources.files import Reject


class Failure(Exception):  # noqa: N818 - it is what a command ends with
    """The command failed; the text says why and what to do."""


@contextlib.asynccontextmanager
async def existing(data_dir: Path | None) -> AsyncIterator[System]:
    """The system of the settings, or the demo's where its folder is given."""
    async with open_system(database_settings(data_dir)) as system:
        yield system


def database_settings(data_dir: Path | None) -> Settings:
    """Of the environment, or of the demo where its folder is given. Raises BadSettingsError."""
    return real_settings() if data_dir is None else demo_settings(Settings(demo=True, data_dir=data_dir), port=0)


def say(text: str) -> None:
    """On standard output."""
    print(text, flush=True)  # noqa: T201


def complain(reject: Reject) -> None:
    """On standard error, with the line."""
    print(f"line {reject.line}: {reject.reason}: {reject.text}", file=sys.stderr)  # noqa: T201
