"""Takes the README's pictures from a demo of its own, into `deploy/pictures`: `python -m tests.browser.pictures`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scoring.scheme import SCHEMES_DIR
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.support.demo import EGRET, Demo
from tests.support.paths import ROOT
from tests.support.stranger import SEEN, Stranger, dispute, open_proposal, passwords_on, propose, see_a_score

FOLDER = ROOT / "deploy" / "pictures"
MOST_BYTES = 60 * 1024
_COLOURS = (256, 128, 64, 48, 32, 16)


def small(picture: bytes, most: int = MOST_BYTES) -> bytes:
    """A PNG with as many colours as fit."""
    whole = Image.open(BytesIO(picture)).convert("RGB")
    for colours in _COLOURS:
        out = BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= most:
            return out.getvalue()
    raise ValueError(f"{len(picture):,} bytes do not fit into {most:,}")


def take(browser: Browser, base: str, keep: Callable[[str, bytes], None]) -> None:
    """Walk through the demo, and keep what is seen by its name."""
    seen = SEEN["zh"]
    front = browser.new_page(viewport={"width": 1180, "height": 820}, locale="en-GB")
    front.goto(f"{base}/")
    keep("front", front.screenshot())
    passwords = passwords_on(front)
    page = browser.new_context(viewport={"width": 1180, "height": 900}, locale="zh-CN").new_page()
    page.goto(f"{base}/simulator/")
    stranger = Stranger(page)
    stranger.answer(0)
    see_a_score(stranger, seen)
    _settled(page)
    keep("score", page.locator(".phone").screenshot())
    number = dispute(stranger, seen)
    keep("chat", page.locator(".phone").screenshot())
    phone = page.context.new_page()
    phone.set_viewport_size({"width": 400, "height": 796})
    phone.goto(f"{base}/h5/")
    keep("h5", phone.screenshot())
    desk = browser.new_context(viewport={"width": 1180, "height": 820}, locale="zh-CN").new_page()
    desk.goto(f"{base}/desk/")
    propose(desk, number, passwords, seen.reason)
    open_proposal(desk, number, passwords)
    keep("desk", desk.screenshot())


def impact(browser: Browser, folder: Path, keep: Callable[[str, bytes], None]) -> None:
    """What a new version of the city's rules would do: volunteering gives more, an honour less."""
    new = Path(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", folder / "next"))
    scheme, rules = new / "scheme.toml", new / "rules.toml"
    scheme.write_text(scheme.read_text("utf-8").replace('version = "2026-1"', 'version = "2027-1"'), "utf-8")
    head, volunteering, rest = rules.read_text("utf-8").partition('code = "volunteering.hours"')
    rest = rest.replace("value = 10,", "value = 20,", 1).replace("value = 40,", "value = 30,", 1)
    rules.write_text(head + volunteering + rest, "utf-8")
    page_of = folder / "impact.html"
    compared = ["scheme", "impact", "fuzhou-moli", str(new), "--made-up", "5000", "--language", "en"]
    subprocess.run([*EGRET, *compared, "--html", str(page_of)], check=True)
    page = browser.new_page(viewport={"width": 960, "height": 900})
    page.goto(page_of.as_uri())
    keep("impact", page.screenshot())


def _settled(page: Page) -> None:
    """Its pictures are there."""
    for image in page.locator("#talk img").all():
        expect(image).to_have_js_property("complete", value=True)
        expect(image).not_to_have_js_property("naturalWidth", 0)


def main() -> None:
    """Start a demo, take the pictures, write them small."""

    def keep(name: str, picture: bytes) -> None:
        made = small(picture)
        (FOLDER / f"{name}.png").write_bytes(made)
        sys.stdout.write(f"{name}.png  {len(made):,} bytes\n")

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        impact(browser, Path(folder), keep)
        demo = Demo(Path(folder) / "egret", "--residents", "400")
        try:
            take(browser, demo.base_url(), keep)
        finally:
            demo.stop()


if __name__ == "__main__":
    main()
