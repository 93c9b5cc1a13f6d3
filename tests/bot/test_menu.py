"""The menu: within the platform's limits, every entry leads somewhere, and differences are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.dialogs.commands import global_word
from bot.dialogs.flows import FLOWS
from bot.wechat.menu import BadMenuError, Button, Entry, difference, menu, published, read_published


def test_every_entry_leads_somewhere() -> None:
    keys = [entry.key for button in menu() for entry in button.entries]
    assert all(key in FLOWS or global_word(key) for key in keys)
    assert len(set(keys)) == len(keys)


def test_what_is_published_reads_back_as_it_was() -> None:
    assert read_published({"menu": published(menu())}) == menu()
    assert read_published({}) == ()


def test_a_difference_names_what_comes_and_what_goes() -> None:
    before = (Button("我的信用", (Entry("查询分数", "score"), Entry("旧的", "old"))),)
    after = (Button("我的信用", (Entry("查询分数", "score"), Entry("新的", "new"))),)
    changes = difference(before, after)
    assert "-    旧的 (old)" in changes
    assert "+    新的 (new)" in changes
    assert difference(after, after) == []


def test_entries_of_other_kinds_show_their_kind() -> None:
    data = {"menu": {"button": [{"name": "网页", "sub_button": [{"type": "view", "name": "首页", "url": "u"}]}]}}
    assert read_published(data) == (Button("网页", (Entry("首页", "view"),)),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "1 to 3 buttons"),
        ('[[button]]\nname = "一"\nentries = []\n', "0 entries"),
        ('[[button]]\nname = "这个名字太长了"\nentries = [{ name = "a", key = "b" }]\n', "21 bytes"),
        ('[[button]]\nname = "一"\nentries = [{ name = "", key = "b" }]\n', "entry '' has 0 bytes"),
        ('[[button]]\nname = "一"\nentries = [{ name = "a", key = "' + "k" * 129 + '" }]\n', "129 bytes"),
    ],
)
def test_what_the_platform_would_refuse_is_said_first(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "menu.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadMenuError, match=complaint):
        menu(path)
