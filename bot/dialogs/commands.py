"""Words that work anywhere, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogs.flow import plain
from bot.dialogs.flows import FLOWS

GLOBAL = {
    "cancel": ("取消", "cancel", "stop"),
    "back": ("返回", "上一步", "back"),
    "help": ("帮助", "help", "?", "0"),
    "menu": ("菜单", "menu"),
    "person": ("人工", "客服", "person", "agent", "human"),
    "more": ("更多", "more"),
    "english": ("english", "英文"),
    "chinese": ("中文", "chinese"),
}
_GLOBAL = {word: name for name, words in GLOBAL.items() for word in words}
_FLOWS = {word: flow.name for flow in FLOWS.values() for word in flow.words}
_CONFIRMS = {word: flow.name for flow in FLOWS.values() for word in flow.confirms}
_NUMBERED = {word: flow.name for flow in FLOWS.values() if flow.numbered for word in flow.words}


@dataclass(frozen=True, slots=True)
class Command:
    """A word that starts a flow, with the number typed behind it."""

    flow: str
    argument: str = ""


def global_word(said: str) -> str | None:
    """The global command that was typed, if it was one and nothing else."""
    return _GLOBAL.get(plain(said))


def confirmed(said: str) -> Command | None:
    """The flow that waits for this word to confirm."""
    name = _CONFIRMS.get(plain(said))
    return None if name is None else Command(name)


def command(said: str) -> Command | None:
    """The flow that was asked for: 查询, 异议 3, dispute 3."""
    text = plain(said)
    if text in _FLOWS:
        return Command(_FLOWS[text])
    for word, name in _NUMBERED.items():
        rest = text.removeprefix(word).strip()
        if text.startswith(word) and rest.isascii() and rest.isdigit() and len(rest) <= 3:
            return Command(name, rest)
    return None
