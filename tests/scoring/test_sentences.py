"""Sentences as data: each in both languages, its blanks filled with what can be shown."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from scoring.sentences import Sentences
from tests.support.paths import ROOT

FILES = [
    ROOT / name
    for name in ("scoring/rejections.toml", "server/sources/files/sentences.toml", "server/cli/imports.toml")
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_both_languages_have_the_same_blanks(path: Path) -> None:
    for code, pair in tomllib.loads(path.read_text("utf-8")).items():
        blanks = [set(re.findall(r"(?<!\{)\{(\w+)\}", pair[language])) for language in ("zh", "en")]
        left_out = {"code"}  # a code of ours says nothing in Chinese
        assert blanks[0] - left_out == blanks[1] - left_out, code


def test_what_comes_from_a_file_and_cannot_be_shown_is_replaced() -> None:
    sentences = Sentences(FILES[0])
    assert "missing" in sentences
    assert sentences["missing"].en == "{field} is missing."
    assert sentences.fill("missing", field="a\x1b[31m\udce5\n").en == "a?[31m?? is missing."
    assert len(sentences.fill("missing", field="x" * 10_000).en) < 600
    assert sentences.fill("too_long", field="id", most=64).en == "id is too long: at most 64 characters."
