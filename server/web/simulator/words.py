"""What the simulator itself says, in the language that its address asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

from bot.wechat.menu import menu
from scoring.sentences import Sentences
from server.platform.kit.json import JsonObject

_PATH = Path(__file__).with_name("words.toml")
WORDS = Sentences(_PATH)
_OF_SCRIPT = [code for code in tomllib.loads(_PATH.read_text("utf-8")) if code.startswith("js_")]


def words_of_script(language: str) -> dict[str, str]:
    """What the page's script says; it fills in the blanks itself."""
    return {code.removeprefix("js_"): WORDS[code].in_language(language) for code in _OF_SCRIPT}


def buttons(language: str) -> list[JsonObject]:
    """The account's menu, as it is published; in English each name has what it means behind it."""
    return [
        {
            "name": button.name,
            "means": _means(f"button_{n}", language),
            "entries": [
                {"name": entry.name, "key": entry.key, "means": _means(f"key_{entry.key}", language)}
                for entry in button.entries
            ],
        }
        for n, button in enumerate(menu(), 1)
    ]


def _means(code: str, language: str) -> str:
    return WORDS[code].en if language == "en" and code in WORDS else ""
