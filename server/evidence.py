"""Evidence: photos and pages that belong to disputes, checked, encoded anew and kept sealed.

A photo is fetched from the platform by its media id, never by an address that a message names; photos and PDF files
are also taken on a page that the chat links to, and wait in a box for the answer in the chat that takes them along.
Decoding and encoding it again leaves only the picture: no place, camera or hidden data. Until a
dispute takes it, it is a draft for a day.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import warnings
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

import httpx
import pypdfium2 as pdfium
from PIL import Image, ImageOps, UnidentifiedImageError

from bot.wechat.faults import WeChatApiError
from schema.connection import global_id
from schema.dispute import Evidence, EvidenceForm, EvidenceUpload
from schema.errors import RefusalCode, Refused
from schema.principal import Principal
from scoring.disputes import PHOTOS_MAX
from server.changes import Change, Outcome
from server.links import BadLinkError
from server.mongo import Document
from server.mongo.files import Files
from server.parts import Parts
from server.scanner import Scanner, ScannerError, UnsafeFileError

MOST_BYTES = 5 * 1024 * 1024
_MOST_PIXELS = 40_000_000
_LONGEST_EDGE = 2560
_QUALITY = 88
_FORMATS = ("JPEG", "PNG")
_PDF = b"%PDF-"
_PDF_SCALE = 2.5
"""Pixels a point: an A4 page becomes some 1,500 by 2,100."""
warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the number of pixels is checked here
DRAFT_LIFE = timedelta(days=1)
URL_LIFE = timedelta(minutes=10)
_AN_HOUR = 30
_TOO_LARGE = 45001
FORM_LIFE = timedelta(minutes=15)
Photo = tuple[bytes, tuple[int, int]]
"""A JPEG and its size."""
T = TypeVar("T")
FetchMedia = Callable[[str], Awaitable[bytes]]
"""The content behind a media id; raises WeChatApiError."""


class EvidenceService:
    """Implements `schema.services.EvidenceKeeper`; the dispute's services attach and show."""

    def __init__(self, parts: Parts, fetch: FetchMedia, scanner: Scanner) -> None:
        self._parts = parts
        self._scanner = scanner
        self._files = Files(parts.store)
        self._fetch = fetch
        self._free = asyncio.Semaphore(2)
        """Decoding takes memory: a large photo some hundred megabytes."""

    async def keep_photo(self, by: Principal, media_id: str, key: str | None) -> Evidence:
        done = await self._parts.changes.outcome(by, "keep_photo", key=key, request=media_id)
        if done is None:
            done = await self._keep(by, await self._fetched(by, media_id), key, media_id)
        found = await self._parts.store["evidence"].find_one({"_id": done["evidence"], "citizen": by.id})
        if found is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return self._view(found)

    async def _fetched(self, by: Principal, media_id: str) -> bytes:
        await self._parts.throttle.spend(f"photos:{by.id}", _AN_HOUR, timedelta(hours=1))
        try:
            content = await self._fetch(media_id[:256])
        except httpx.HTTPError as error:
            raise Refused(RefusalCode.PHOTO_NOT_NOW, field="mediaId") from error
        except WeChatApiError as error:
            if not error.is_final:
                raise Refused(RefusalCode.PHOTO_NOT_NOW, field="mediaId") from error
            code = RefusalCode.PHOTO_TOO_LARGE if error.code == _TOO_LARGE else RefusalCode.PHOTO_GONE
            raise Refused(code, field="mediaId") from error
        if len(content) > MOST_BYTES:
            raise Refused(RefusalCode.PHOTO_TOO_LARGE, field="mediaId")
        return content

    async def _keep(self, by: Principal, content: bytes, key: str | None, media_id: str) -> Outcome:
        async with self._free:
            photo = await self._cleaned(clean_photo, content, "mediaId")
        return await self._store(by, photo, None, key=key, request=media_id)

    async def form(self, by: Principal) -> EvidenceForm:
        await self._parts.citizens.get(by.id)
        box = uuid4().hex
        token, until = self._parts.links.make("evidence-form", {"citizen": by.id, "box": box}, FORM_LIFE)
        url = f"{self._parts.links.base_url}/h5/evidence-form/{token}"
        return EvidenceForm(url=url, expires_at=until, box=box)

    async def upload(self, by: Principal, key: str | None) -> EvidenceUpload:
        await self._parts.citizens.get(by.id)

        def make() -> Outcome:
            box = uuid4().hex
            token, until = self._parts.links.make("upload", {"citizen": by.id, "box": box}, FORM_LIFE)
            return {"token": token, "until": until, "box": box}

        made = await self._parts.changes.made_once(by, "open_upload", make, key)
        url = f"{self._parts.links.base_url}/uploads/{made['token']}"
        return EvidenceUpload(url=url, expires_at=made["until"], max_bytes=MOST_BYTES, box=made["box"])

    async def boxed(self, by: Principal, box: str) -> list[Evidence]:
        query = {"citizen": by.id, "box": box, "dispute": None}
        rows = await self._parts.store["evidence"].find(query).sort([("added_at", 1)]).to_list(None)
        return [self._view(row) for row in rows]

    async def put_in_box(self, by: Principal, box: str, content: bytes) -> int:
        """Keep a photo, or the pages of a PDF; how many. The same file twice is kept once.

        Refused: PHOTO_*, TOO_MANY_PHOTOS, TOO_MANY_TRIES.
        """
        await self._parts.throttle.spend(f"photos:{by.id}", _AN_HOUR, timedelta(hours=1))
        if len(content) > MOST_BYTES:
            raise Refused(RefusalCode.PHOTO_TOO_LARGE)
        async with self._free:
            photos = await self._cleaned(clean_file, content, "evidence")
        keys = [f"{box}:{hashlib.sha256(content).hexdigest()}:{n}" for n in range(len(photos))]
        done = [await self._parts.changes.outcome(by, "keep_photo", key=key, request=box) for key in keys]
        already = await self._parts.store["evidence"].count_documents({"citizen": by.id, "box": box})
        if already + done.count(None) > PHOTOS_MAX:
            raise Refused(RefusalCode.TOO_MANY_PHOTOS, field="evidence", most=PHOTOS_MAX)
        for photo, key, kept in zip(photos, keys, done, strict=True):
            if kept is None:
                await self._store(by, photo, box, key=key, request=box)
        return len(photos)

    async def _cleaned(self, clean: Callable[[bytes], T], content: bytes, field: str) -> T:
        """Scanned, then decoded and encoded anew. Refused: PHOTO_UNSAFE, PHOTO_NOT_NOW, PHOTO_NOT_READ."""
        try:
            await self._scanner.check(content)
            return await asyncio.to_thread(clean, content)
        except UnsafeFileError:
            raise Refused(RefusalCode.PHOTO_UNSAFE, field=field) from None
        except ScannerError:
            raise Refused(RefusalCode.PHOTO_NOT_NOW, field=field) from None
        except ValueError:
            raise Refused(RefusalCode.PHOTO_NOT_READ, field=field) from None

    async def _store(
        self, by: Principal, photo: Photo, box: str | None, *, key: str | None = None, request: str | None = None
    ) -> Outcome:
        """A draft: the sealed file first, then its row."""
        citizen, name = await self._parts.citizens.get(by.id), uuid4().hex
        content, size = photo
        await self._files.put(name, bytes(await self._parts.vault.seal(citizen["key"], {"photo": content})))

        async def body(change: Change) -> Outcome:
            row = {
                "_id": name,
                "citizen": by.id,
                "dispute": None,
                "box": box,
                "media_type": "image/jpeg",
                "width": size[0],
                "height": size[1],
                "added_at": change.now,
            }
            await change["evidence"].insert_one(row, session=change.session)
            return {"evidence": name}

        try:
            outcome = await self._parts.changes.run(by, "keep_photo", body, key=key, request=request)
        except Refused:
            await self._files.delete(name)
            raise
        # After any other fault it may be kept all the same; a file without a row is a stray (`server.retention`).
        if outcome["evidence"] != name:  # another delivery of the same photo was first
            await self._files.delete(name)
        return outcome

    # For disputes

    async def attach(self, change: Change, citizen: str, dispute: str, photos: Sequence[str]) -> None:
        """Tie drafts to a dispute, inside its transaction. Refused: TOO_MANY_PHOTOS, NOT_FOUND."""
        already = await change["evidence"].count_documents({"dispute": dispute}, session=change.session)
        if already + len(set(photos)) > PHOTOS_MAX:
            raise Refused(RefusalCode.TOO_MANY_PHOTOS, field="evidence", most=PHOTOS_MAX)
        for photo in dict.fromkeys(photos):
            draft = {"_id": photo, "citizen": citizen, "dispute": None}
            tied = await change["evidence"].update_one(draft, {"$set": {"dispute": dispute}}, session=change.session)
            if not tied.matched_count:
                raise Refused(RefusalCode.NOT_FOUND, field="evidence")

    async def of_disputes(self, disputes: Sequence[str]) -> dict[str, list[Evidence]]:
        """The photos of each dispute, in the order they came."""
        rows = self._parts.store["evidence"].find({"dispute": {"$in": list(disputes)}}).sort([("added_at", 1)])
        found: dict[str, list[Evidence]] = {dispute: [] for dispute in disputes}
        for row in await rows.to_list(None):
            found[row["dispute"]].append(self._view(row))
        return found

    async def open(self, token: str) -> bytes:
        """The photo behind an address. Raises BadLinkError, also after its person has left."""
        content = await self._files.read(self._parts.links.read("evidence", token)["evidence"])
        if content is None:
            raise BadLinkError
        photo: bytes = (await self._parts.vault.open_bytes(content))["photo"]
        return photo

    async def forget_drafts(self) -> int:
        """Delete drafts that no dispute took within a day, returns how many."""
        old = {"dispute": None, "added_at": {"$lt": self._parts.clock() - DRAFT_LIFE}}
        rows = await self._parts.store["evidence"].find(old, {"_id": 1}).limit(1000).to_list(None)
        count = 0
        for row in rows:
            gone = await self._parts.store["evidence"].delete_one({**old, "_id": row["_id"]})
            if gone.deleted_count:  # no dispute took it at the last moment
                await self._files.delete(row["_id"])
                count += 1
        return count

    async def names(self, citizen: str) -> list[str]:
        """The files of a citizen."""
        rows = await self._parts.store["evidence"].find({"citizen": citizen}, {"_id": 1}).to_list(None)
        return [row["_id"] for row in rows]

    async def delete(self, names: Sequence[str]) -> None:
        """Delete files of somebody who left; what a fault leaves behind is unreadable without their key."""
        for name in names:
            await self._files.delete(name)

    def _view(self, row: Document) -> Evidence:
        token, _ = self._parts.links.make("evidence", {"evidence": row["_id"]}, URL_LIFE)
        return Evidence(
            id=global_id("Evidence", row["_id"]),
            key=row["_id"],
            media_type=row["media_type"],
            width=row["width"],
            height=row["height"],
            added_at=row["added_at"],
            url=f"{self._parts.links.base_url}/h5/evidence/{token}",
        )


def clean_file(content: bytes) -> list[Photo]:
    """A photo, or each page of a PDF, as `clean_photo` makes them; by content, whatever the name says.

    Raises:
        ValueError: it is neither, cannot be read without a password, or has too many pages.
    """
    if not content.startswith(_PDF):
        return [clean_photo(content)]
    try:
        with closing(pdfium.PdfDocument(content)) as opened:
            if not 1 <= len(opened) <= PHOTOS_MAX:
                raise ValueError("too many pages")
            return [_page_photo(opened[n]) for n in range(len(opened))]
    except pdfium.PdfiumError as error:
        raise ValueError("not a PDF that can be read") from error


def _page_photo(page: pdfium.PdfPage) -> Photo:
    longest = max(page.get_width(), page.get_height())
    if not 1 <= longest <= 20_000:
        raise ValueError("a page without a usable size")
    image = page.render(scale=min(_PDF_SCALE, _LONGEST_EDGE / longest)).to_pil().convert("RGB")
    return _encoded(image)


def clean_photo(content: bytes) -> Photo:
    """A photo as a JPEG of at most 2560 pixels a side without any metadata, and its size.

    Raises:
        ValueError: it is not a JPEG or PNG by its content, cannot be decoded, or has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise ValueError("too many pixels")
            opened.draft("RGB", (_LONGEST_EDGE, _LONGEST_EDGE))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError, EOFError) as error:
        raise ValueError("not a photo") from error
    upright.thumbnail((_LONGEST_EDGE, _LONGEST_EDGE))
    return _encoded(upright)


def _encoded(image: Image.Image) -> Photo:
    """A JPEG of nothing but the picture."""
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    drawn = io.BytesIO()
    clean.save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue(), clean.size
