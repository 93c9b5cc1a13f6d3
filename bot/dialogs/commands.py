"""Words that work anywhere, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogs.flow import plain

GLOBAL = {
    "cancel": ("取消", "cancel", "stop"),
    "back": ("返回", "上一步", "back"),
    "help": ("帮助", "help", "?", "?", "0"),
    "menu": ("菜单", "menu"),
    "person": ("人工", "客服", "person", "agent", "human"),
    "more": ("更多", "more"),
    "english": ("english", "英文"),
    "chinese": ("中文", "chinese"),
}
FLOWS = {
    "bind": ("绑定", "开通", "bind", "join"),
    "score": ("查询", "分数", "查分", "score"),
    "lines": ("明细", "lines", "details"),
    "history": ("历史", "history"),
    "what_if": ("如果", "假如", "what if", "if"),
    "path": ("怎样到", "怎么到", "how to", "path"),
    "benefits": ("权益", "优惠", "benefits"),
    "dispute": ("异议", "dispute"),
    "status": ("进度", "status"),
    "withdraw": ("撤回", "withdraw"),
    "supply": ("补充", "supply"),
    "appeal": ("复核", "appeal"),
    "privacy": ("隐私", "授权", "privacy"),
    "optional": ("可选", "optional"),
    "looks": ("谁看过", "who looked", "looks"),
    "my_data": ("我的数据", "my data", "export"),
    "leave": ("退出", "leave", "quit"),
    "unlink": ("解绑", "unlink"),
}
_GLOBAL = {word: name for name, words in GLOBAL.items() for word in words}
_FLOWS = {word: name for name, words in FLOWS.items() for word in words}
_WITH_NUMBER = ("dispute", "withdraw", "path")


@dataclass(frozen=True, slots=True)
class Command:
    """A word that starts a flow, with the number typed behind it."""

    flow: str
    argument: str = ""


def global_word(said: str) -> str | None:
    """The global command that was typed, if it was one and nothing else."""
    return _GLOBAL.get(plain(said))


def command(said: str) -> Command | None:
    """The flow that was asked for: 查询, 异议 3, dispute 3."""
    text = plain(said)
    if text in _FLOWS:
        return Command(_FLOWS[text])
    for name in _WITH_NUMBER:
        for word in FLOWS[name]:
            rest = text.removeprefix(word).strip()
            if text.startswith(word) and rest.isascii() and rest.isdigit() and len(rest) <= 3:
                return Command(name, rest)
    return None
