"""The one look of the pages: its tokens, their contrast, and that no page uses anything else."""

from __future__ import annotations

import re

import pytest

from server.web.assets import STATIC
from server.web.pages import static_text
from tests.support.paths import ROOT

CSS = static_text("egret.css")
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
_SPACES = {"0", "1px", "2px", "4px", "6px", "-2px", "auto", "10vh", "96px"}
_ROUNDS = {"0", "var(--round)", "var(--round-card)", "999px", "50%", "28px", "3px", "4px"}
"""Besides the two: pills, dots, the simulator's telephone, small keys."""
SCANNED = ("#fff",)
"""A code to be scanned, and a picture in the chat, are dark on white."""
BUBBLE = ("#95d5a8", "#10251a")
"""What one says oneself in the simulator, as WeChat shows it."""


def colours(dark: bool) -> dict[str, str]:
    """The colours of a mode by name."""
    light, _, dark_mode = CSS[: CSS.index("* { box-sizing")].partition("@media")
    found = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+)", light))
    if dark:
        found |= dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+)", dark_mode))
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


def test_no_page_has_a_size_or_colour_of_its_own() -> None:
    style = CSS[CSS.index("* { box-sizing") :].partition("/* Paper:")[0]
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", style)) == {*SCANNED, *BUBBLE}
    written = re.sub(r"\.(?:dial|history|impact svg|plot)[^{]*\{[^}]*\}", "", style)
    assert re.findall(r"font-size: (?!var\(|\.9em)[^;}]+", written) == []
    spaces = re.findall(r"\b(?:margin|padding|gap)(?:-[\w-]+)?: ([^;}]+)", written)
    used = {part for space in spaces for part in space.split()}
    assert {part for part in used if not part.startswith("var(--space-")} - _SPACES == set()
    assert set(re.findall(r"border-radius: ([^;}]+)", written)) <= _ROUNDS


def test_there_is_one_style_sheet_for_pages_and_one_for_letters() -> None:
    assert {path.name for path in STATIC.glob("*.css")} == {"egret.css", "letter.css", "graphiql.css"}


def test_every_class_of_the_style_sheet_is_on_a_page() -> None:
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL))
    classes = {name for selector in selectors for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector)}
    web = STATIC.parent
    sources = [*web.rglob("*.html"), *web.rglob("*.js"), *web.rglob("*.py"), *(ROOT / "server/statistics").rglob("*")]
    written = " ".join(path.read_text("utf-8") for path in sources if path.suffix in (".html", ".js", ".py"))
    assert {name for name in classes if not re.search(rf"(?<![\w-]){name}(?![\w-])", written)} == {
        "illustrative"
    }  # a provenance, by its value
