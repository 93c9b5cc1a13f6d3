"""Templates of an account: which notice goes into which, cut to what the platform takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.wechat.templates import Templates

FILE = """
[dispute_decided]
template = "T1"
subscription = "S1"
fields = { thing1 = "title", character_string2 = "number", thing3 = "text", remark = "text" }
"""


def templates(folder: Path, text: str = FILE) -> Templates:
    path = folder / "templates.toml"
    path.write_text(text, "utf-8")
    return Templates(path)


def test_a_notice_is_filled_in_and_cut(tmp_path: Path) -> None:
    told = "您的异议 D-2026-000001 有答复了：\n记录已删除。" + "长" * 300
    filled = templates(tmp_path).filled("dispute_decided", "异议答复", told, {"number": "D-2026-000001"})
    assert filled is not None
    assert filled.values["thing1"] == "异议答复"
    assert filled.values["character_string2"] == "D-2026-000001"
    assert filled.values["thing3"] == "您的异议 D-2026-000001 …"
    assert len(filled.values["thing3"]) == 20
    assert len(filled.values["remark"]) == 200
    assert "\n" not in filled.values["remark"]


def test_a_notice_without_a_template_has_none(tmp_path: Path) -> None:
    assert templates(tmp_path).filled("score_changed", "分数", "变了", {}) is None
    assert Templates().filled("dispute_decided", "异议", "答复", {}) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[a]\nfields = { thing1 = "text" }', "template"),
        ('[a]\ntemplate = "T"\nfields = { thing1 = "score" }', "score"),
        ('[a]\ntemplate = "T"', "fields"),
        ('[a]\ntemplate = "T"\nfields = {}\nmore = 1', "more"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        templates(tmp_path, text)
