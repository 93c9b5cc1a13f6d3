"""The settings of everything but the demo, as the environment gives them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pydantic import ValidationError

from server.settings.errors import BadSettingsError, refused_by
from server.settings.requirements import require_usable
from server.settings.settings import Settings

_ALL_OF_THEM = "deploy/README.md says what each setting is. To look at Egret without any: egret demo"


def real_settings() -> Settings:
    """The settings of everything but the demo. Raises BadSettingsError: it names everything that is wrong, at once."""
    settings, unread = _as_far_as_read()
    refused = refused_by(partial(require_usable, settings))
    faults = [text for text in refused if not any(name in text for name in unread)]
    if settings.demo:
        faults.append("Unset EGRET_DEMO: the simulator can sign as anybody; `egret demo` sets it itself.")
    if unread or faults:
        raise BadSettingsError(*unread.values(), *faults, _ALL_OF_THEM)
    return settings


def _as_far_as_read() -> tuple[Settings, dict[str, str]]:
    """The settings, and what is wrong with those that could not be read and are as if they were not set."""
    try:
        return Settings(), {}
    except ValidationError as error:
        unread = dict(_unread(error))
    fields = {name: Settings.model_fields[name].get_default() for name in unread}
    return Settings(**fields), {f"EGRET_{name.upper()}": fault for name, fault in unread.items()}


def _unread(error: ValidationError) -> Iterator[tuple[str, str]]:
    for fault in error.errors(include_url=False, include_input=False):
        name = str(fault["loc"][0])
        yield name, f"Set EGRET_{name.upper()} to another value: {fault['msg'].removeprefix('Value error, ')}."
