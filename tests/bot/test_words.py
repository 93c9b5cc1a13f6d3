"""What the catalogues say: the sentences that were agreed on, one word for one thing, one minus, no codes."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import Any

import pytest

from bot.phrases import catalogue
from tests.support.paths import ROOT

TABLES = ROOT / "tests/golden/tables"
SENTENCES: dict[str, Any] = tomllib.loads((TABLES / "sentences.toml").read_text("utf-8"))
GLOSSARY: dict[str, Any] = tomllib.loads((TABLES / "glossary.toml").read_text("utf-8"))
REFUSALS: dict[str, Any] = tomllib.loads((ROOT / "schema/types/refusals.toml").read_text("utf-8"))
_NOT_WORDS = re.compile(r"\{\w+\}|\[[^\]]*\]|https?://\S+|<[^>]*>")
_LATIN = re.compile(r"[A-Za-z][A-Za-z_]+")
_SMS = ("notice.sms",)
"""Text messages that say the same in both languages."""
_CODES = ("desk.other_language_code",)
_OF_STAFF = ("PERSON_UNKNOWN", "KEY_REUSED", "SCOPE_MISSING", "WEBHOOK_OFF")
"""Refusals that a citizen never gets."""


def said(language: str) -> dict[str, str]:
    """Every sentence that a person reads, without its blanks, words to be typed and addresses."""
    found = {key: text for key, text in catalogue(language).items() if key not in _CODES and not key.startswith(_SMS)}
    found |= {f"refusal {code}": texts[language] for code, texts in REFUSALS.items() if code not in _OF_STAFF}
    return {key: _NOT_WORDS.sub(" ", text) for key, text in found.items()}


@pytest.mark.parametrize("key", SENTENCES["contains"])
def test_a_sentence_of_the_chat_says_what_was_agreed_on(key: str) -> None:
    for language, parts in SENTENCES["contains"][key].items():
        for part in parts:
            assert part in catalogue(language)[key]


@pytest.mark.parametrize("code", SENTENCES["refusals"])
def test_a_refusal_says_what_was_agreed_on(code: str) -> None:
    for language, parts in SENTENCES["refusals"][code].items():
        for part in parts:
            assert part in REFUSALS[code][language]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_thing_has_one_word(language: str) -> None:
    words = GLOSSARY["never"][language]
    rules = {word: re.compile(rf"\b{word}\b" if word.isascii() else re.escape(word)) for word in words}
    found = {(key, word) for key, text in said(language).items() for word, rule in rules.items() if rule.search(text)}
    assert found == set()


def test_a_chinese_sentence_has_no_english_word_and_no_code() -> None:
    allowed = set(GLOSSARY["latin"])
    found = {(key, word) for key, text in said("zh").items() for word in _LATIN.findall(text) if word not in allowed}
    assert found == set()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_sentence_has_the_name_of_a_field_or_the_code_of_a_rule(language: str) -> None:
    found = {key for key, text in said(language).items() if re.search(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+\.[a-z-]+\b", text)}
    assert found == set()


def test_brackets_and_stops_in_chinese_are_full_width() -> None:
    han = r"[\u3400-\u9fff]"
    half = re.compile(rf"{han}[,;:!?()]|[,;:!?()]{han}")
    assert {key: text for key, text in said("zh").items() if half.search(text)} == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_there_is_one_minus(language: str) -> None:
    assert {key for key, text in said(language).items() if re.search(r"(?<![\w\d])-\d|—\d|–\d(?!\d|{)", text)} == set()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_line_begins_with_a_comma(language: str) -> None:
    begins = re.compile(r"^[，,；;。.：:]", re.MULTILINE)
    chat = {key: text for key, text in catalogue(language).items() if not key.startswith(("h5.", "desk."))}
    parts = {"comma", "score.next_benefit", "withheld.until", "notice.because", "history.why"}
    parts.add("notice.scheme_changes_what")
    assert {key for key, text in chat.items() if begins.search(text)} <= parts


def sentences_of_commands() -> dict[str, str]:
    """What `egret` says: the strings of its sources that are sentences, and its files of words; no docstrings."""
    found: dict[str, str] = {}
    for path in (ROOT / "server/cli").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        heads = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and node.body]
        docs = {id(head.value) for head in heads if isinstance(head, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                found[f"{path.name}:{node.lineno}:{node.col_offset}"] = node.value
    for path in (ROOT / "server/cli").glob("*.toml"):
        found |= {f"{path.name}:{n}": line for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)}
    return {place: text for place, text in found.items() if " " in text or not text.isascii()}


def test_commands_use_the_same_words() -> None:
    told = sentences_of_commands()
    assert len(told) > 300
    english = [re.compile(rf"\b{word}\b") for word in GLOSSARY["never"]["en"]]
    chinese = [re.compile(re.escape(word)) for word in GLOSSARY["never"]["zh"]]
    assert {place: text for place, text in told.items() if any(rule.search(text) for rule in english + chinese)} == {}


def test_commands_speak_plainly() -> None:
    odd = re.compile(r"\b(?:nobody|somebody|whoever)\b|\b1 [a-z]{3,}s\b|[^\w\s]—\d")
    assert {place: text for place, text in sentences_of_commands().items() if odd.search(text)} == {}


def test_templates_of_pages_letters_and_answers_use_the_same_words() -> None:
    rooms = ("server/web/templates", "server/web/h5", "server/web/simulator", "server/disputes", "server/notices")
    paths = [path for room in rooms for end in ("*.html", "*.toml") for path in (ROOT / room).glob(end)]
    assert len(paths) > 60
    found = {(path.name, word) for path in paths for word in GLOSSARY["never"]["zh"] if word in path.read_text("utf-8")}
    assert found == set()
