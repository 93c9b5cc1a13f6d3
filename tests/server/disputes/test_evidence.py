"""Photos with a dispute: fetched from the platform, checked, cleaned, sealed, and gone with their person."""

from __future__ import annotations

import io
import re
from collections import deque
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from schema.types.principal import Kind, Principal
from server.disputes.evidence import MOST_BYTES, EvidenceService
from server.platform.core.unit_of_work import UnitOfWork
from server.platform.crypto.signed_tokens import BadSignedTokenError
from server.platform.crypto.vault import KeyDestroyedError
from server.platform.db import StoreError
from server.platform.sandbox.documents import UnreadableError
from tests.support.h5 import log_in
from tests.support.pages import hidden
from tests.support.people import YING, record
from tests.support.photos import NOT_PHOTOS, cleaned, pdf, photo
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-09-02")


async def to_photos(world: World) -> Chat:
    """A chat that waits for photos."""
    await world.enrol(YING, PARKING)
    chat = Chat(world)
    for said in ("异议 1", "1", "不是我的车，已经卖了"):
        await chat.say(said)
    return chat


async def test_photos_come_with_the_dispute_and_the_desk_sees_them(world: World) -> None:
    chat = await to_photos(world)
    assert "收到 1 张照片" in await chat.photo(photo())
    assert "收到 2 张照片" in await chat.photo(photo("PNG"), "image/png")
    assert "照片：2 张" in await chat.say("提交")
    assert "D-2026-000001" in await chat.say("确认")
    (dispute,) = await world.container.store["disputes"].find({}).to_list(None)
    shown = (await world.container.evidence.of_disputes([dispute["_id"]]))[dispute["_id"]]
    assert [(p.media_type, p.width, p.height) for p in shown] == [("image/jpeg", 640, 480)] * 2
    response = await world.http.get(shown[0].url)
    assert response.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(response.content)).size == (640, 480)


async def test_ten_photos_and_not_eleven(world: World) -> None:
    chat = await to_photos(world)
    for _ in range(10):
        assert "收到" in await chat.photo(photo())
    assert "最多 10 张照片，这一张没有收下" in await chat.photo(photo())
    await chat.say("提交")
    assert "D-2026-000001" in await chat.say("确认")


@pytest.mark.parametrize("what", NOT_PHOTOS)
async def test_what_is_no_photo_is_said_and_nothing_is_lost(world: World, what: str) -> None:
    chat = await to_photos(world)
    told = {"nothing": "空的", "a GIF": "动图"}.get(what, "重新拍一张")
    assert told in await chat.photo(NOT_PHOTOS[what])
    assert await world.container.store["files.files"].count_documents({}) == 0
    assert "照片：0 张" in await chat.say("提交")


@pytest.mark.parametrize(
    ("code", "told"), [(40007, "平台只保存三天"), (45001, "最大20MB"), (-1, "过一分钟再发"), (45009, "过一分钟再发")]
)
async def test_a_photo_that_the_platform_does_not_give(world: World, code: int, told: str) -> None:
    chat = await to_photos(world)
    world.platform.faults["/cgi-bin/media/get"] = deque([code] * (2 if code == -1 else 1))  # busy is tried again
    assert told in await chat.photo(photo())
    assert "收到 1 张照片" in await chat.photo(photo())


async def test_a_file_that_is_too_large_is_explained(world: World) -> None:
    chat = await to_photos(world)
    assert "最大20MB" in await chat.photo(photo() + bytes(MOST_BYTES))


async def test_a_photo_where_none_is_asked_for_repeats_the_question(world: World) -> None:
    chat = Chat(world)
    await chat.say("绑定")
    assert "这里需要文字" in await chat.photo(photo())


async def test_someone_elses_photo_cannot_be_taken(world: World) -> None:
    chat = await to_photos(world)
    await chat.photo(photo())
    await world.container.store["evidence"].update_many({}, {"$set": {"citizen": "somebody else"}})
    await chat.say("提交")
    assert "没有找到" in await chat.say("确认")
    assert await world.container.store["disputes"].count_documents({}) == 0


async def test_what_is_stored_is_sealed_and_gone_with_its_person(world: World) -> None:
    chat = await to_photos(world)
    await chat.photo(photo())
    await chat.say("提交")
    await chat.say("确认")
    stored = b"".join([row["data"] for row in await world.container.store["files.chunks"].find({}).to_list(None)])
    assert b"\xff\xd8\xff" not in stored[:64]
    assert b"JFIF" not in stored
    (row,) = await world.container.store["evidence"].find({}).to_list(None)
    token, _ = world.container.signed_tokens.issue("evidence", {"evidence": row["_id"]}, timedelta(minutes=1))
    await chat.say("退出")
    await chat.say("确认退出")
    assert await world.container.store["files.chunks"].count_documents({}) == 0
    with pytest.raises((BadSignedTokenError, KeyDestroyedError)):
        await world.container.evidence.open(token)


async def test_a_draft_that_no_dispute_took_is_gone_after_a_day(world: World) -> None:
    chat = await to_photos(world)
    await chat.photo(photo())
    assert await world.container.evidence.forget_drafts() == 0
    world.clock.advance(hours=25)
    assert await world.container.evidence.forget_drafts() == 1
    assert await world.container.store["files.files"].count_documents({}) == 0
    assert await world.container.store["evidence"].count_documents({}) == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_clean_photo_says_nothing_but_the_picture(kind: str) -> None:
    ((clean, size),) = cleaned(photo(kind, (800, 600), place=True))
    assert size == (600, 800)  # turned upright
    with Image.open(io.BytesIO(clean)) as opened:
        assert opened.format == "JPEG"
        assert not opened.getexif()
    assert b"camera" not in clean


def test_a_large_photo_is_made_smaller_and_too_many_pixels_are_refused() -> None:
    assert cleaned(photo("JPEG", (5000, 2500)))[0][1] == (2560, 1280)
    with pytest.raises(UnreadableError, match="too large"):
        cleaned(photo("PNG", (9000, 6000)))


@pytest.mark.parametrize("what", NOT_PHOTOS)
def test_what_is_no_photo_is_unreadable(what: str) -> None:
    with pytest.raises(UnreadableError):
        cleaned(NOT_PHOTOS[what])


# The page next to the chat


async def page_of(world: World, chat: Chat) -> str:
    """The chat at the photos, and the path of the page it links to, in WeChat's own browser."""
    found = re.search(r"https?://[^/\s]+(/h5/evidence-form/[\w-]+)", chat.heard[-1])
    assert found is not None, chat.heard[-1]
    await log_in(world, chat.openid)
    return found[1]


async def upload(world: World, url: str, *contents: bytes, page: str | None = None) -> httpx.Response:
    """Choose files on the page and send them; the page that comes. `page` is the one the form stood on."""
    opened = await world.http.get(page or url)
    fields = hidden(opened, "/h5/not-me" if page else url)
    files = [("files", (f"{n}", content)) for n, content in enumerate(contents)]
    return await world.http.post(url, data=fields, files=files, follow_redirects=True)


async def test_a_pdf_and_a_photo_from_the_page_go_with_the_dispute(world: World) -> None:
    chat = await to_photos(world)
    url = await page_of(world, chat)
    answer = await upload(world, url, pdf(2), photo("PNG"))
    assert "已收到 3 张" in answer.text
    assert "照片：3 张" in await chat.say("提交")
    await chat.say("确认")
    rows = await world.container.store["evidence"].find({}).to_list(None)
    assert len(rows) == 3
    assert all(row["dispute"] and row["media_type"] == "image/jpeg" for row in rows)
    stored = b"".join([row["data"] for row in await world.container.store["files.chunks"].find({}).to_list(None)])
    assert b"Somebody" not in stored


async def test_what_is_neither_is_refused_and_the_rest_is_kept(world: World) -> None:
    chat = await to_photos(world)
    url = await page_of(world, chat)
    refused = await upload(world, url, photo(), b"%PDF-1.7 broken")
    assert refused.url.path == url
    assert "打不开" in refused.text
    assert "照片：1 张" in await chat.say("提交")


async def test_a_photo_stays_though_no_one_heard_that_it_was_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fail-over right after the commit."""
    chat = await to_photos(world)
    honest = UnitOfWork.run

    async def unheard(self: UnitOfWork, *given: Any, **named: Any) -> Any:
        outcome = await honest(self, *given, **named)
        if given[1] == "keep_photo":
            raise StoreError("not master")
        return outcome

    with monkeypatch.context() as patched:
        patched.setattr(UnitOfWork, "run", unheard)
        assert "出了点问题" in await chat.photo(photo())
    (kept,) = await world.container.store["evidence"].find({}).to_list(None)
    (shown,) = await world.container.evidence.boxed(Principal(Kind.CITIZEN, kept["citizen"]), kept["box"])
    assert (await world.http.get(shown.url)).headers["content-type"] == "image/jpeg"


async def test_a_pdf_that_stopped_half_way_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = await to_photos(world)
    url, honest, calls = await page_of(world, chat), EvidenceService._insert, 0
    content = pdf(4)  # which says when it was made

    async def stops(self: EvidenceService, *given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise StoreError("not master")
        return await honest(self, *given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(EvidenceService, "_insert", stops)
        with pytest.raises(StoreError):
            await upload(world, url, content)
    assert (await upload(world, url, content)).status_code == 200
    assert await world.container.store["evidence"].count_documents({}) == 4


async def test_too_many_pages_are_refused(world: World) -> None:
    chat = await to_photos(world)
    url = await page_of(world, chat)
    assert (await upload(world, url, pdf(9))).status_code == 200
    assert "最多10张" in (await upload(world, url, pdf(2))).text.replace(" ", "")
    assert "最多10张" in (await upload(world, url, pdf(11))).text.replace(" ", "")


async def test_the_page_is_for_its_citizen_alone(world: World) -> None:
    chat = await to_photos(world)
    url = await page_of(world, chat)
    await log_in(world, "o-other")
    assert (await world.http.get(url)).status_code == 410
    assert (await upload(world, url, photo(), page="/h5/")).url.path == "/h5/"
    world.clock.advance(minutes=16)
    await log_in(world, chat.openid)
    assert (await world.http.get(url)).status_code == 410
    assert await world.container.store["evidence"].count_documents({}) == 0


def test_a_pdf_becomes_photos_without_anything_hidden() -> None:
    pages = cleaned(pdf(3))
    assert len(pages) == 3
    for content, size in pages:
        assert max(size) <= 2560
        assert content.startswith(b"\xff\xd8\xff")
        assert b"secret" not in content


@pytest.mark.parametrize("content", [b"%PDF-", b"%PDF-1.4\n" + bytes(500), pdf()[:300], pdf(11)])
def test_what_is_no_usable_pdf_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        cleaned(content)
