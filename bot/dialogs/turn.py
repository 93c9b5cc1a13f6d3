"""What comes out of a turn: what is said, as words and as a menu where its choices can be tapped."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.dialogs.choices import MOST, Choice, Menu, as_text, choice_of, command_id, entry_id
from bot.dialogs.commands import command, global_word
from bot.dialogs.flow import Conversation, Data, Flow, Remembered, Talk
from bot.dialogs.flows import FLOWS
from bot.phrases import phrase
from bot.wechat.replies import TEXT_BYTES, split_text

_OFFER = "offer"
"""Stands in an entry for the step, where it is asked whether to leave the flow."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What to say, if anything, and what to remember.

    `picture` is what the words can be shown with, and `page` what a tap on it opens; `wants_person` where a person
    should take over. `menu` is the same text where its choices can be tapped.
    """

    text: str | None
    conversation: Conversation
    wants_person: bool = False
    picture: Data | None = None
    page: str = ""
    menu: Menu | None = None


def turn_of(state: Conversation, talk: Talk[Any]) -> Turn:
    """The turn that ends here. A long answer is cut, and its rest kept for 更多."""
    state.data = data_of(talk.data)
    state.token = secrets.token_hex(8) if state.flow else ""
    if not talk.said:
        return Turn(None, state)
    hint = "\n" + talk.words("home.more")
    text, menu = _told(state, talk)
    if len(text.encode()) <= TEXT_BYTES:
        state.more = []
        return Turn(text, state, talk.wants_person, talk.picture, talk.page, menu)
    first, *state.more = split_text(text, TEXT_BYTES - len(hint.encode()))
    return Turn(first + hint, state)


def flow_of(state: Conversation) -> Flow[Any] | None:
    """The flow that goes on."""
    return FLOWS.get(state.flow or "")


def data_of(remembered: Remembered) -> Data:
    """What a flow remembers, as it is stored."""
    return remembered.model_dump(mode="json", exclude_unset=True)


def answers_of(state: Conversation) -> Sequence[Choice]:
    """What the question can be answered with that is open: an offer to leave the flow, or its step."""
    language, flow = state.language, flow_of(state)
    if flow is None:
        return ()
    if state.offered is None:
        return flow.steps[state.step].choices(language)
    wanted, current = state.offered.partition(" ")[0], phrase(language, f"flow.{flow.name}")
    if wanted == flow.name:
        leave = choice_of(language, "anew")
    else:
        leave = choice_of(language, "leave_for", wanted=phrase(language, f"go.{wanted}"))
    return leave, choice_of(language, "go_on", current=current)


def question_of(state: Conversation) -> tuple[str, str, str]:
    """The question that is open, as an entry of its menu names it."""
    step = _OFFER if state.offered is not None else state.step
    return state.flow or "", step, state.token[:8]


def _told(state: Conversation, talk: Talk[Any]) -> tuple[str, Menu | None]:
    """All that is said, and the same as a menu where it ends with choices."""
    said, offered, answers = talk.said, talk.offered, answers_of(state)
    if answers:
        head = "\n\n".join(said)
        ids = [entry_id(*question_of(state), n) for n in range(1, len(answers) + 1)]
        return f"{head}\n{as_text(talk.language, answers)}", _menu(head, answers, ids)
    text = "\n\n".join(said)
    if offered is None or offered.place < len(said):
        return text, None
    ids = [command_id(_key_of(one.said)) for one in offered.choices]
    return text, _menu("\n\n".join([*said[:-1], offered.head]), offered.choices, ids)


def _menu(head: str, offered: Sequence[Choice], ids: Sequence[str]) -> Menu:
    entries = tuple((entry, one.content) for entry, one in zip(ids, offered, strict=True))
    rest = [f"{one.said} {one.label}" for one in offered[MOST:]]
    return Menu(head, entries[:MOST], "\n".join(rest))


def _key_of(said: str) -> str:
    """The flow or global word that a command of ours stands for."""
    asked = command(said)
    key = global_word(said) if asked is None else asked.flow
    if key is None:
        raise ValueError(f"{said} is offered, and is no command")
    return key
