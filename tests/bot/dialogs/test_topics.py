"""What a clause is about is read from all of its words, or not at all."""

from __future__ import annotations

import tomllib
from collections import Counter

import pytest

from bot.dialogs.commands import UTTERANCES
from bot.dialogs.topics import TOPICS, about
from bot.dialogs.typed import plain

WORDS = tomllib.loads(TOPICS.read_text("utf-8"))
INTENTS = tomllib.loads(UTTERANCES.read_text("utf-8"))["intent"]


def test_a_word_has_one_topic() -> None:
    words = Counter(plain(word) for words in WORDS.values() for word in words)
    assert {word for word, count in words.items() if count > 1} == set()


def test_a_combination_of_topics_means_one_thing() -> None:
    each = [{frozenset(one.split()) for one in intent.get("about", ())} for intent in INTENTS]
    combinations = Counter(one for combinations in each for one in combinations)
    assert {tuple(one) for one, count in combinations.items() if count > 1} == set()
    assert {topic for one in combinations for topic in one} <= WORDS.keys() - {"filler"}


@pytest.mark.parametrize(
    ("clause", "topics"),
    [
        ("为什么扣我的分", "why deduct score"),
        ("查洵", "ask"),
        ("我要邦定", "bind"),
        ("show me my scroe", "score"),
        ("improove my credit score", "raise score"),
        ("我不想退出", "not leave"),
    ],
)
def test_every_word_counts_once(clause: str, topics: str) -> None:
    assert about(clause) == frozenset(topics.split())


@pytest.mark.parametrize(
    "clause",
    [
        "把我的分数改成900",
        "异议申请书怎么写",
        "我的",
        "请问",
        "",
        " ",
        "scor",
        "驾照扣分",
        "茉莉花茶",
    ],
)
def test_one_unknown_word_is_enough_for_nothing(clause: str) -> None:
    assert about(clause) is None


@pytest.mark.parametrize("word", ["leave", "quit", "退出", "解绑", "删除"])
def test_a_negation_is_never_overlooked(word: str) -> None:
    for no in ("不", "不要", "别", "没有", "don't "):
        topics = about(no + word)
        assert topics is None or "not" in topics
