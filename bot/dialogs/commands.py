"""What a word means: words that work anywhere, commands that start a flow, and what else people say.

The words of commands stand at their flows, those of the menu in `bot/menu.toml`, all others in `bot/utterances.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.dialogs.flows import FLOWS
from bot.dialogs.topics import About, about
from bot.dialogs.typed import FIELDS, number, plain
from bot.wechat.menu import menu

GLOBAL = {
    "cancel": ("取消", "取消吧", "请取消", "cancel", "please cancel", "cancel please", "stop"),
    "back": ("返回", "上一步", "back"),
    "help": ("帮助", "help", "?", "0"),
    "menu": ("菜单", "menu"),
    "person": ("人工", "客服", "person", "agent", "human"),
    "more": ("更多", "more"),
    "english": ("english", "英文"),
    "chinese": ("中文", "chinese"),
}
UTTERANCES = Path(__file__).parent.parent / "utterances.toml"
_TAKEN_OFF = 5
"""How many polite words around another are taken off; nobody says more."""
_CLAUSES = re.compile(r"[,.!?;:~…，。、\n]+ ?")
_LONGEST = 40
"""What is longer is no command with polite words around it."""


@dataclass(frozen=True, slots=True)
class Command:
    """A word that starts a flow, with the number typed behind it."""

    flow: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """What something that is no command means: a flow to start, a word that works anywhere, or a phrase to say.

    One that is `alone` is meant only where no question is open.
    """

    flow: str = ""
    word: str = ""
    says: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class _Utterances:
    """What is said with its intent, topics with theirs, the polite words before and after, and words for others."""

    said: dict[str, Intent]
    about: dict[About, Intent]
    before: tuple[str, ...]
    after: tuple[str, ...]
    colloquial: dict[str, str]


def _read(path: Path) -> _Utterances:
    data = tomllib.loads(path.read_text("utf-8"))
    said: dict[str, Intent] = {}
    topics: dict[About, Intent] = {}
    for one in data["intent"]:
        words, combinations = one.pop("said"), one.pop("about", ())
        said |= dict.fromkeys(map(plain, words), Intent(**one))
        topics |= {frozenset(combination.split()): Intent(**one) for combination in combinations}
    before, after = (tuple(map(plain, data[name])) for name in ("before", "after"))
    return _Utterances(said, topics, before, after, data["colloquial"])


_UTTERANCES = _read(UTTERANCES)
_BEFORE, _AFTER = _UTTERANCES.before, _UTTERANCES.after
_GLOBAL = {plain(word): name for name, words in GLOBAL.items() for word in words}
_FLOWS = {plain(word): flow.name for flow in FLOWS.values() for word in flow.words}
_CONFIRMS = {plain(word): flow.name for flow in FLOWS.values() for word in flow.confirms}
_NUMBERED = {plain(word): flow.name for flow in FLOWS.values() if flow.numbered for word in flow.words}
_MENU = {plain(entry.name): entry.key for button in menu() for entry in button.entries if entry.key in FLOWS}
_MEANT = _UTTERANCES.said | {word: Intent(flow=name) for word, name in (_MENU | _FLOWS).items()}
_OURS = _MEANT.keys() | _GLOBAL.keys() | _CONFIRMS.keys() | set(map(plain, FIELDS))


def global_word(said: str) -> str | None:
    """The global command that was typed, if it was one and nothing else."""
    return _GLOBAL.get(plain(said))


def confirmed(said: str) -> Command | None:
    """The flow that waits for this word to confirm."""
    name = _CONFIRMS.get(plain(said))
    return None if name is None else Command(name)


def is_ours(said: str, called: Sequence[str] = ()) -> bool:
    """Whether it is words that the bot knows and nothing else: 更多, 好的，谢谢, 申诉, 姓名, or the score's name."""
    text = _neutral(plain(said), called)
    clauses = [clause for clause in _CLAUSES.split(text) if clause]
    return ":" not in text and bool(clauses) and all(clause in _OURS for clause in clauses)


def agrees(said: str) -> bool:
    """Whether it may confirm something, or thanks, and no more: 确认, 确认退出, 提交, 是的, 好的."""
    meant = intent(said)
    return confirmed(said) is not None or (meant is not None and meant.alone)


def command(said: str) -> Command | None:
    """The flow that was asked for: 查询, a label of the menu, 异议 3, 我要异议3, dispute 3."""
    text = plain(said)
    name = _FLOWS.get(text) or _MENU.get(text)
    if name is not None:
        return Command(name)
    for _ in range(_TAKEN_OFF):
        for word, numbered in _NUMBERED.items():
            if text.startswith(word) and (argument := number(text.removeprefix(word))) is not None:
                return Command(numbered, str(argument))
        text = text.removeprefix(max((w for w in _BEFORE if text.startswith(w)), key=len, default="")).strip()
    return None


def intent(said: str, called: Sequence[str] = ()) -> Intent | None:
    """What else it means, with polite words around it or without: 我要绑定, 怎么加分, 在吗.

    Of several clauses each has to mean something; one that leads somewhere comes before a greeting or thanks. `called`
    is what people call the score here.
    """
    text = plain(said)
    if len(text) > _LONGEST or text.isdigit():
        return None
    text = _neutral(text, called)
    for word, meant_by_it in _UTTERANCES.colloquial.items():
        text = text.replace(word, meant_by_it)
    clauses = [clause for clause in _CLAUSES.split(text) if clause]
    meant = [found for clause in clauses if (found := _meaning(clause)) is not None]
    if not clauses or len(meant) < len(clauses):
        return _meaning(text)
    return next((one for one in meant if not one.says), meant[0])


def _neutral(text: str, called: Sequence[str]) -> str:
    """With the word that the utterances have for the score, in place of its name."""
    for name in sorted(map(plain, called), key=len, reverse=True):
        text = text.replace(name, "credit score" if name.isascii() else "信用分")
    return text


def _meaning(text: str) -> Intent | None:
    """What one clause means."""
    forms = {text}
    for _ in range(_TAKEN_OFF):
        if (known := next((form for form in sorted(forms, key=len, reverse=True) if form in _MEANT), None)) is not None:
            return _MEANT[known]
        forms = {shorter for form in forms for shorter in _shorter(form)}
    topics = about(text)
    return None if topics is None else _UTTERANCES.about.get(topics)


def _shorter(text: str) -> Iterator[str]:
    """Without one polite word before, or one after."""
    if text.startswith(_BEFORE):
        yield from (text[len(w) :].strip() for w in _BEFORE if text.startswith(w) and len(text) > len(w))
    if text.endswith(_AFTER):
        yield from (text[: -len(w)].strip() for w in _AFTER if text.endswith(w) and len(text) > len(w))
