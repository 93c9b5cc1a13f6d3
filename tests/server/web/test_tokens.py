"""The one look of the pages: its tokens, their contrast, and that the citizens' pages use nothing else."""

from __future__ import annotations

import re

import pytest

from server.web.pages import static_text
from tests.support.paths import ROOT

CSS = static_text("egret.css")
PAGES = static_text("h5.css")
README = (ROOT / "server/web/README.md").read_text("utf-8")
PAIRS = {
    "--ink": "--paper",
    "--soft": "--ground",
    "--green": "--green-soft",
    "--amber": "--amber-soft",
    "--red": "--red-soft",
    "--paper": "--green",
}
"""What is written, and the least favourable ground that it stands on."""
_SPACES = {"0", "1px", "2px", "4px", "6px", "-2px", "auto"}


def colours(dark: bool) -> dict[str, str]:
    """The colours of a mode by name."""
    light = CSS.partition("@media")[0]
    found = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+)", light))
    if dark:
        found |= dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+)", CSS[CSS.index("@media (prefers-color-scheme: dark)") :]))
    return found


def contrast(one: str, other: str) -> float:
    """By WCAG, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    code = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(code[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("written", "ground"), PAIRS.items())
def test_what_is_written_can_be_read_in_both_modes_as_the_readme_says(written: str, ground: str) -> None:
    found = [contrast(colours(dark)[written], colours(dark)[ground]) for dark in (False, True)]
    assert min(found) >= 4.5
    assert f"| `{written}` | on `{ground}` | {found[0]:.1f} | {found[1]:.1f} |" in README


def test_every_token_is_in_the_readme() -> None:
    tokens = set(re.findall(r"(--[\w-]+):", CSS.partition("@media")[0]))
    assert {token for token in tokens if f"`{token}`" not in README} == set()


def test_the_citizens_pages_have_no_size_or_colour_of_their_own() -> None:
    style = PAGES.partition("@media print")[0]
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", style)) == {"#fff"}, "a code to be scanned is dark on white"
    drawn = re.sub(r"\.(?:dial|history)[^{]*\{[^}]*\}", "", style)
    assert re.findall(r"font-size: (?!var\()[^;}]+", drawn) == []
    spaces = re.findall(r"(?:margin|padding|gap)[\w-]*: ([^;}]+)", drawn)
    used = {part for space in spaces for part in space.split()}
    assert {part for part in used if not part.startswith("var(--space-")} - _SPACES == set()
