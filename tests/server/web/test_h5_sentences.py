"""How the citizens' pages speak: the sentences that were agreed on, and what no page says."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from bot.phrases import catalogue
from tests.support.paths import ROOT

TABLE: dict[str, Any] = tomllib.loads((ROOT / "tests/golden/tables/page_sentences.toml").read_text("utf-8"))
PAGES = sorted((ROOT / "server/web/templates").glob("h5_*.html"))
OF_PAGES = re.compile(r"\bt\(\"([\w.-]+)\"")


@pytest.mark.parametrize("key", TABLE["sentences"])
def test_a_sentence_is_the_one_that_was_agreed_on(key: str) -> None:
    told = TABLE["sentences"][key]
    assert {language: catalogue(language)[key] for language in ("zh", "en")} == told


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_says_what_was_mended(language: str) -> None:
    used = {key for page in PAGES for key in OF_PAGES.findall(page.read_text("utf-8"))}
    spoken = {k: text for k, text in catalogue(language).items() if k.startswith("h5.") or k in used}
    assert len(spoken) > 300
    assert {k: text for k, text in spoken.items() if any(words in text for words in TABLE["never"])} == {}
