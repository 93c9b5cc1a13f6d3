"""What a file that was not taken is, said truly, with what to send instead; and what telephones make is taken."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from server.disputes.unread import kind_of
from tests.support.pages import Browser, hidden, links
from tests.support.people import YING, record
from tests.support.photos import opened as file_of
from tests.support.photos import photo
from tests.support.world import World

PARKING = record("traffic.illegal-parking", "2026-09-02", "P-1")


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


def drawn(kind: str, **more: object) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(content, kind, **more)
    return content.getvalue()


LOCKED = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>endobj
trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>
%%%%EOF""" % (b"11" * 32, b"22" * 32)
"""Nobody knows its password."""
FILES = {
    "HEIC of a telephone": (b"\0\0\0\x24ftypheic" + bytes(200), "HEIC", "screenshot"),
    "HEIC of another brand": (b"\0\0\0\x18ftypmif1" + bytes(200), "HEIC", "Most Compatible"),
    "HEIC of a sequence": (b"\0\0\0\x18ftyphevm" + bytes(200), "HEIC", "screenshot"),
    "JPEG XL": (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(200), "另存为 JPG", "save it as JPG"),
    "AVIF": (b"\0\0\0\x1cftypavif" + bytes(200), "另存为 JPG", "save it as JPG"),
    "TIFF": (drawn("TIFF"), "另存为 JPG", "save it as JPG"),
    "BMP": (drawn("BMP"), "另存为 JPG", "save it as JPG"),
    "GIF": (drawn("GIF"), "动图", "animation"),
    "a video of a telephone": (b"\0\0\0\x18ftypmp42" + bytes(200), "视频", "video"),
    "an older video": (b"RIFF\0\0\0\0AVI LIST" + bytes(200), "视频", "video"),
    "Word": (zipped("[Content_Types].xml", "word/document.xml"), "Word", "save it as PDF"),
    "Excel": (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel", "save it as PDF"),
    "Word of long ago": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "WPS", "save it as PDF"),
    "ZIP": (zipped("a.jpg"), "压缩包", "archive"),
    "RAR": (b"Rar!\x1a\x07\x01\0" + bytes(100), "压缩包", "archive"),
    "nothing": (b"", "空的", "empty"),
    "something": (b"hello", "打不开", "cannot be opened"),
}


async def form_of(world: World, language: str) -> tuple[Browser, str, dict[str, str]]:
    await world.enrol(YING, PARKING)
    browser = Browser(world)
    await browser.log_in()
    await browser.open(f"/h5/?lang={language}")
    (address,) = links(await browser.open("/h5/records"), "/h5/records/")
    page = await browser.open(address)
    return browser, address, hidden(page, address) | {"reason": "NOT_MINE", "words": "车卖了", "step": "file"}


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_a_file_is_and_what_to_send_instead_is_said(world: World, language: str) -> None:
    browser, address, form = await form_of(world, language)
    for name, (content, zh, en) in FILES.items():
        world.clock.advance(minutes=61)  # so many broken files an hour are enough
        await browser.log_in()
        await browser.open(f"/h5/?lang={language}")
        answer = await browser.post(address, form, {"files": (name, content, "image/jpeg")})
        assert (zh if language == "zh" else en) in answer.text, name
        assert "车卖了" in answer.text
    assert await world.container.store["evidence"].count_documents({}) == 0


async def test_an_app_is_told_the_same(world: World) -> None:
    token = await world.bound_token()
    asked = await world.ask(
        "mutation { openEvidenceUpload { ... on OpenEvidenceUploadSuccess { upload { url } } } }", token=token
    )
    url = asked["data"]["openEvidenceUpload"]["upload"]["url"]
    answer = (await world.http.post(url, content=FILES["HEIC of a telephone"][0])).json()
    assert "HEIC" in answer["errors"][0]["extensions"]["message"]["zh"]
    assert answer["errors"][0]["extensions"]["code"] == "PHOTO_NOT_READ"


@pytest.mark.parametrize(
    "content",
    [photo("WEBP"), drawn("WEBP", lossless=True), photo("JPEG", (8000, 6000)), photo("PNG", (2000, 1500))],
    ids=["WebP", "WebP without loss", "48 megapixels", "PNG"],
)
async def test_what_telephones_and_browsers_make_is_taken_and_made_smaller(world: World, content: bytes) -> None:
    browser, address, form = await form_of(world, "zh")
    done = await browser.post(address, form, {"files": ("a", content, "application/octet-stream")})
    assert "已受理" in done.text
    (kept,) = await world.container.store["evidence"].find({}).to_list(None)
    assert max(kept["width"], kept["height"]) <= 2560


async def test_a_pdf_with_a_password_is_named_as_one(world: World) -> None:
    browser, address, form = await form_of(world, "zh")
    answer = await browser.post(address, form, {"files": ("a.pdf", LOCKED, "application/pdf")})
    assert "有密码" in answer.text


@pytest.mark.parametrize("content", [b"", b"\0", b"PK\x03\x04", b"\0\0\0\0ftyp", b"RIFF", bytes(5000)])
def test_any_beginning_is_looked_at(content: bytes) -> None:
    with file_of(content) as file:
        kind_of(file)
