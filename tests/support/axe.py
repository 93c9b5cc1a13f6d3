"""Which rules of accessibility a page has to pass, and what it breaks."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_RUN = """options => axe.run(document, options).then(
    done => done.violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`))"""


def violations_in(page: Page) -> list[str]:
    """Each rule that the page breaks, with the first place; axe is loaded into a page once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return list(page.evaluate(_RUN, WCAG))
