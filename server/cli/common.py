"""What commands share: how they fail, what they say, and which database they are about."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeAlias

from server.container import Container, open_container
from server.platform.kit.errors import OperatorError, RequestError
from server.settings import Settings, demo_settings, real_settings

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a group of commands adds its parsers."""


class Failure(OperatorError):  # noqa: N818 - it is what a command ends with
    """The command failed; the text says why and what to do."""


class UsageError(RequestError):
    """The command was asked for in a way that it does not know; the text says which way there is."""


def between(least: int, most: int) -> Callable[[str], int]:
    """A whole number of an argument, within bounds."""

    def read(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"between {least:,} and {most:,}")
        return value

    return read


positive = between(3, 1_000_000)


@contextlib.asynccontextmanager
async def existing(data_dir: Path | None) -> AsyncIterator[Container]:
    """The system of the settings, or the demo's where its folder is given."""
    async with open_container(database_settings(data_dir)) as container:
        yield container


def database_settings(data_dir: Path | None) -> Settings:
    """Of the environment, or of the demo where its folder is given. Raises BadSettingsError."""
    return real_settings() if data_dir is None else demo_settings(Settings(demo=True, data_dir=data_dir), port=0)


def counted(count: int, one: str) -> str:
    """A number of things as a sentence has it: 1 finding, 2 findings."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def say(text: str) -> None:
    """On standard output."""
    print(text, flush=True)  # noqa: T201
