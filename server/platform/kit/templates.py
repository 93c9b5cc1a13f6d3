"""Pages and letters as text: Jinja2, escaped by default; a missing value is an error."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.platform.kit.clock import SHANGHAI


def environment(folder: Path) -> Environment:
    """The templates of a folder, with our filters."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"signed": signed, "moment": moment, "path": path}
    return templates


def signed(value: int) -> str:
    """+15, −10, 0."""
    return f"{value:+d}".replace("-", "−") if value else "0"


def moment(iso: str) -> str:
    """A moment of the API as people in the city read it: 2026-11-23 10:04."""
    return datetime.fromisoformat(iso).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def path(url: str) -> str:
    """The path of one of our own addresses: a page works under whatever name it was opened."""
    return urlsplit(url).path
