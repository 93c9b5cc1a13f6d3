"""The README's pictures are small, and each is shown; `python -m tests.browser.pictures` takes them again."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image

from tests.browser.pictures import FOLDER, MOST_BYTES, small
from tests.support.paths import ROOT

PICTURES = sorted(path.name for path in FOLDER.glob("*.png"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_and_in_the_readme_with_words_for_who_cannot_see_it(name: str) -> None:
    assert (FOLDER / name).stat().st_size <= MOST_BYTES
    found = re.findall(rf"!\[([^\]]+)\]\(deploy/pictures/{re.escape(name)}\)", (ROOT / "README.md").read_text("utf-8"))
    assert found
    assert all(len(words) > 30 for words in found)


def test_the_readme_shows_six_pictures_that_are_there() -> None:
    shown = re.findall(r"deploy/pictures/([\w-]+\.png)", (ROOT / "README.md").read_text("utf-8"))
    assert sorted(shown) == PICTURES
    assert len(PICTURES) == 6


def test_a_picture_gets_as_many_colours_as_fit() -> None:
    whole = BytesIO()
    Image.radial_gradient("L").save(whole, "PNG")
    assert len(small(whole.getvalue(), 8_000)) <= 8_000
    with pytest.raises(ValueError, match="do not fit into 10"):
        small(whole.getvalue(), 10)
