"""What WeChat answers when it refuses a call, and what that means for us; `faults.toml` has every code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

_FILE = Path(__file__).with_name("faults.toml")
_MOST_SAID = 200
_PERSONAL = re.compile(r"[^\x00-\x7f]+|[\w-]{26,}|\d{9,}|\bvalue\b.*|=.*")
"""Words that are not English, openids and tokens, long numbers, and whatever is quoted."""
BUSY = -1
NO_MENU = 46003
RISKY = 40226


class Fault(BaseModel):
    """What a code means, and what follows (`faults.toml` says what each word of `then` is)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    meaning: str
    then: frozenset[Literal["token", "passing", "closed", "until written", "consent", "final", "login"]] = frozenset()


FAULTS = TypeAdapter(dict[int, Fault]).validate_python(tomllib.loads(_FILE.read_text("utf-8")))
_UNKNOWN = Fault(meaning="not documented")
TOKEN_FAULTS = frozenset(code for code, fault in FAULTS.items() if "token" in fault.then)


def _words(said: object) -> str:
    """The platform's own words, short and on one line, without what may be an openid, a number or a person's words."""
    if not isinstance(said, str):
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in said[:_MOST_SAID]).split())
    return _PERSONAL.sub("…", line)


class WeChatApiError(Exception):
    """The platform refused a call; `code` is WeChat's errcode."""

    def __init__(self, code: int, said: object = None) -> None:
        """`said` is the platform's `errmsg`."""
        words = _words(said)
        fault = FAULTS.get(code, _UNKNOWN)
        self.meaning = fault.meaning
        self._then = fault.then
        super().__init__(f"WeChat errcode {code}: {self.meaning}{f' ({words})' if words else ''}")
        self.code = code

    @property
    def needs_consent(self) -> bool:
        """Whether the person has not allowed another subscription message."""
        return "consent" in self._then

    @property
    def is_final(self) -> bool:
        """Whether sending the same again cannot help."""
        return "final" in self._then

    @property
    def is_closed(self) -> bool:
        """Whether nothing may be sent this way now: its window is closed or used up, or account or person may not."""
        return self.needs_person or "closed" in self._then

    @property
    def needs_person(self) -> bool:
        """Whether the way opens again when the person writes."""
        return "until written" in self._then

    @property
    def is_passing(self) -> bool:
        """Whether the same may be taken in a few minutes."""
        return "passing" in self._then

    @property
    def is_login(self) -> bool:
        """Whether a login is refused for its code or its person, and not for what is ours or the platform's."""
        return "login" in self._then
