"""The kinds of notices, as data (`kinds.toml`): how urgent each is, and what follows where its ways are closed."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from schema.types.connection import global_id
from scoring.dated import Dated, Model, value_on

_FILE = Path(__file__).with_name("kinds.toml")


class NoticeKind(Model):
    """A kind of notices; `kinds.toml` says what its fields mean."""

    urgency: Literal["now", "may wait"]
    group: Literal["records", "cases", "score", "safety"]
    required: Literal["law", "safety"] | None = None
    then: tuple[Literal["sms", "desk"], ...] = ()
    owner: Literal["citizen", "account"] = "citizen"
    gathers: bool = False
    patient: bool = True
    page: str = ""
    thing: str | None = None
    same: str

    @property
    def may_wait(self) -> bool:
        """Whether it can wait for the morning."""
        return self.urgency == "may wait"

    def page_of(self, about: str | None) -> str:
        """The path of the citizen's page about the thing itself, by the id of that thing."""
        one = f"/{global_id(self.thing, about)}" if self.thing and about else ""
        return f"/h5/{self.page}{one}"


class NoticeKinds(Model):
    """Every kind, and how long what is required waits."""

    wait_days: tuple[Dated[int], ...]
    kinds: dict[str, NoticeKind]


@cache
def notice_kinds() -> NoticeKinds:
    """The kinds that ship with Egret."""
    return NoticeKinds.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


def kind_of(name: str) -> NoticeKind:
    """A kind by its name. Raises KeyError."""
    return notice_kinds().kinds[name]


def wait_on(day: date) -> timedelta:
    """How long what is required waits for a person to write, when it was raised on a day."""
    found = value_on(notice_kinds().wait_days, day)
    if found is None:
        raise LookupError(f"no wait is in force on {day}")
    return timedelta(days=found.value)
