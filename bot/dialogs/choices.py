"""What a question can be answered with, as data: shown as text with the word to type, or tapped in a menu of the chat.

A menu's entry says which question it answers: the flow, the step, the turn and its number. So a tap on an old menu
answers nothing. Where no question is open it names a command, as an entry of the account's menu does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from bot.dialogs.typed import plain
from bot.phrases import phrase

MOST = 4
"""How many can be tapped; more are left to be typed."""
_FORM = re.compile(r"[【\[](?P<said>.+?)[】\]] ?(?P<label>.*)")
_ID = re.compile(r"(?P<flow>[a-z_]{1,40})\.(?P<step>[a-z_]{1,40})\.(?P<turn>[0-9a-f]{8})\.(?P<number>[1-9])")
_COMMAND = re.compile(r"go\.(?P<key>[a-z_]{1,40})")


class Choice(NamedTuple):
    """What is typed for it, and what it does."""

    said: str
    label: str = ""

    @property
    def content(self) -> str:
        """What is tapped, and comes back: of a number what it stands for, of a word both."""
        return self.label if self.said.isdigit() and self.label else f"{self.said} {self.label}".strip()


Choices = Callable[[str], Sequence[Choice]]
"""What a step can be answered with, in a language."""


class Menu(NamedTuple):
    """A message with entries to tap: what stands above, each entry's id and words, and what stands below."""

    head: str
    entries: tuple[tuple[str, str], ...]
    tail: str = ""


def read_menu(kept: dict[str, Any] | None) -> Menu | None:
    """A menu as `Menu._asdict` has it."""
    if kept is None:
        return None
    return Menu(kept["head"], tuple((entry, content) for entry, content in kept["entries"]), kept["tail"])


class Tapped(NamedTuple):
    """The question that an entry answers, and its number there."""

    flow: str
    step: str
    turn: str
    number: int


def choices(*names: str) -> Choices:
    """Choices of the catalogue, `choice.…`, which are always the same."""
    return lambda language: [choice_of(language, name) for name in names]


NO_CHOICES = choices()


def choice_of(language: str, name: str, **values: object) -> Choice:
    """A choice of the catalogue, where it stands as people read it: 【确认】提交."""
    found = _FORM.fullmatch(phrase(language, f"choice.{name}", **values))
    if found is None:
        raise ValueError(f"choice.{name} does not say in brackets what is typed for it")
    return Choice(found["said"], found["label"])


def as_text(language: str, offered: Sequence[Choice]) -> str:
    """Choices to be read: two in a line where there are four, and a list where there are more."""
    if len(offered) > MOST:
        return "\n".join(f"{one.said} {one.label}" for one in offered)
    shown = [phrase(language, "choice", said=one.said, label=one.label).rstrip() for one in offered]
    between = phrase(language, "choice.between")
    lines = [shown[:2], shown[2:]] if len(shown) == MOST else [shown]
    return "\n".join(between.join(line) for line in lines)


def entry_id(flow: str, step: str, turn: str, number: int) -> str:
    """The id of an entry that answers a question."""
    return f"{flow}.{step}.{turn[:8]}.{number}"


def command_id(key: str) -> str:
    """The id of an entry that starts something, wherever its person is by then."""
    return f"go.{key}"


def read_entry(entry: str) -> Tapped | None:
    """What an id stands for; None where it is none of ours, as 0."""
    found = _ID.fullmatch(entry)
    return None if found is None else Tapped(found["flow"], found["step"], found["turn"], int(found["number"]))


def read_command(entry: str) -> str:
    """The command of an id; empty where it has none."""
    found = _COMMAND.fullmatch(entry)
    return "" if found is None else found["key"]


def meant_by(offered: Sequence[Choice], content: str) -> str | None:
    """What is typed for the choice that reads like this."""
    return next((one.said for one in offered if plain(one.content) == plain(content)), None)
