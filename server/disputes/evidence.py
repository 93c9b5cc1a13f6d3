"""Evidence: photos and pages that belong to disputes, checked, encoded again and kept sealed.

A photo is fetched from the platform by its media id, never by an address that a message names; photos and PDF files
are also taken on a page that the chat links to, and wait in a box for the answer in the chat that takes them along.
Decoding and encoding it again leaves only the picture: no place, camera or hidden data. Until a
dispute takes it, it is a draft for a day.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from typing import IO
from uuid import uuid4

import httpx

from bot.wechat.faults import WeChatApiError
from schema.types.connection import global_id
from schema.types.errors import RefusalCode, Refused
from schema.types.evidence import Evidence, EvidenceForm, EvidenceUpload
from schema.types.principal import Caller, Principal
from scoring.disputes import PHOTOS_MAX
from server.citizens.service import Citizens
from server.disputes.attached import EvidenceRepository
from server.disputes.model import EvidenceRow
from server.disputes.unread import not_read
from server.platform.core.admission import FILE_COST, Admission
from server.platform.core.throttle import Throttle
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.signed_tokens import BadSignedTokenError, SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.platform.db.files import Files
from server.platform.kit.clock import Clock
from server.platform.kit.digests import digest_of_file
from server.platform.kit.fair_queue import FairQueue, QueueFullError
from server.platform.kit.scanner import Scanner, ScannerError, UnsafeFileError
from server.platform.sandbox.sandbox import BrokenFileError, Sandbox, SandboxBusyError, UnreadableFileError
from server.platform.sandbox.wire import Fault, Photo

MOST_BYTES = 20 * 1024 * 1024
"""A photo of 48 megapixels, or a scan of ten pages."""
_AT_ONCE = 4
"""Files that are taken at once; helpers read two of them."""
_MOST_FETCHED = 4
"""Photos that are fetched from the platform at once: each is in memory until it has come."""
DRAFT_LIFE = timedelta(days=1)
URL_LIFE = timedelta(minutes=10)
_AN_HOUR = 30
_TOO_LARGE = 45001
FORM_LIFE = timedelta(minutes=15)
_MOST_BROKEN = 3
"""Files of one person that break a helper, in an hour; after these no more are read."""
FetchMedia = Callable[[str], Awaitable[bytes]]
"""The content behind a media id; raises WeChatApiError."""


class EvidenceService:
    """Implements `schema.api.services.EvidenceKeeper`; the dispute's services attach and show."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        throttle: Throttle,
        signed_tokens: SignedTokens,
        fetch: FetchMedia,
        scanner: Scanner,
        sandbox: Sandbox,
        admission: Admission,
    ) -> None:
        self._rows = EvidenceRepository(store)
        self._vault = vault
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._throttle = throttle
        self._signed_tokens = signed_tokens
        self._admission = admission
        self._sandbox = sandbox
        self._scanner = scanner
        self._files = Files(store)
        self._fetch = fetch
        self._fetching = asyncio.Semaphore(_MOST_FETCHED)
        self._entering = FairQueue(_AT_ONCE, most_waiting=256, most_of_one=16)

    async def keep_photo(self, caller: Caller, media_id: str) -> Evidence:
        actor = caller.principal
        name = await self._unit_of_work.outcome(caller, "keep_photo", [media_id])
        if name is None:
            await self._spend(actor)
            with tempfile.TemporaryFile() as file:
                await self._fetched(media_id, file)
                async with self.turn(actor):
                    name = await self._keep(caller, media_id, file)
        found = None if name is None else await self._rows.get(name, actor.id)
        if found is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return self.view(found)

    @contextlib.asynccontextmanager
    async def turn(self, actor: Principal) -> AsyncIterator[None]:
        """Wait until a file of this person is taken: one of each, a few in all. Refused: PHOTO_NOT_NOW."""
        try:
            async with self._entering.turn(str(actor.id)):
                yield
        except QueueFullError:
            raise Refused(RefusalCode.PHOTO_NOT_NOW) from None

    async def _keep(self, caller: Caller, media_id: str, file: IO[bytes]) -> str | None:
        name = None
        async with contextlib.aclosing(self._photos(caller.principal, file, "mediaId", most_pages=1)) as photos:
            async for photo in photos:
                if not isinstance(photo, int):
                    name = await self._insert(caller, media_id, photo, box=None)
        return name

    async def _spend(self, actor: Principal) -> None:
        await self._admission.spend(actor, "", FILE_COST)
        await self._throttle.spend(f"photos:{actor.id}", _AN_HOUR, timedelta(hours=1))

    async def _fetched(self, media_id: str, file: IO[bytes]) -> None:
        """Put a photo of the platform into a file. Refused: PHOTO_NOT_NOW, PHOTO_TOO_LARGE, PHOTO_GONE."""
        try:
            async with self._fetching:
                content = await self._fetch(media_id[:256])
                file.write(content)
        except httpx.HTTPError as error:
            raise Refused(RefusalCode.PHOTO_NOT_NOW, field="mediaId") from error
        except WeChatApiError as error:
            if not error.is_final:
                raise Refused(RefusalCode.PHOTO_NOT_NOW, field="mediaId") from error
            code = RefusalCode.PHOTO_TOO_LARGE if error.code == _TOO_LARGE else RefusalCode.PHOTO_GONE
            raise Refused(code, field="mediaId") from error

    async def form(self, caller: Caller) -> EvidenceForm:
        made = await self._open_box(caller, "open_evidence_form", "evidence-form")
        url = f"{self._signed_tokens.base_url}/h5/evidence-form/{made['token']}"
        return EvidenceForm(url=url, expires_at=made["until"], box=made["box"])

    async def upload(self, caller: Caller) -> EvidenceUpload:
        made = await self._open_box(caller, "open_upload", "upload")
        url = f"{self._signed_tokens.base_url}/uploads/{made['token']}"
        return EvidenceUpload(url=url, expires_at=made["until"], max_bytes=MOST_BYTES, box=made["box"])

    async def _open_box(self, caller: Caller, action: str, purpose: str) -> Document:
        """A new box, and a token to put photos into it: `token`, `until`, `box`."""
        citizen = await self._citizens.get(caller.principal.id)

        def make() -> Document:
            box = uuid4().hex
            token, until = self._signed_tokens.issue(purpose, {"citizen": citizen["_id"], "box": box}, FORM_LIFE)
            return {"token": token, "until": until, "box": box}

        return await self._unit_of_work.make_once(caller, action, make, citizen["key"])

    async def boxed(self, actor: Principal, box: str) -> list[Evidence]:
        return [self.view(row) for row in await self._rows.drafts_in(actor.id, box)]

    async def put_in_box(self, actor: Principal, box: str, file: IO[bytes]) -> int:
        """Keep a photo, or the pages of a PDF; how many. The same file twice is kept once. Ask for a `turn` before.

        Refused: PHOTO_*, TOO_MANY_PHOTOS, TOO_MANY_TRIES.
        """
        await self._spend(actor)
        digest = await asyncio.to_thread(digest_of_file, file)
        keys: list[str] = []
        left: Iterator[str | None] = iter(())
        async with contextlib.aclosing(self._photos(actor, file, "evidence", most_pages=PHOTOS_MAX)) as photos:
            async for photo in photos:
                if isinstance(photo, int):
                    keys = [f"{box}:{digest}:{n}" for n in range(photo)]
                    left = iter(await self._not_kept(actor, box, keys))
                elif (key := next(left)) is not None:
                    await self._insert(Caller(actor, key), box, photo, box=box)
        return len(keys)

    async def _not_kept(self, actor: Principal, box: str, keys: Sequence[str]) -> list[str | None]:
        """The keys of photos that are not kept yet, None for the others. Refused: TOO_MANY_PHOTOS."""
        done = [await self._unit_of_work.outcome(Caller(actor, key), "keep_photo", [box]) for key in keys]
        already = await self._rows.count_in(actor.id, box)
        if already + done.count(None) > PHOTOS_MAX:
            raise Refused(RefusalCode.TOO_MANY_PHOTOS, field="evidence", most=PHOTOS_MAX)
        return [key if kept is None else None for key, kept in zip(keys, done, strict=True)]

    async def _photos(
        self, actor: Principal, file: IO[bytes], field: str, *, most_pages: int
    ) -> AsyncGenerator[int | Photo, None]:
        """How many photos a file gives, then each, scanned before and read by a helper.

        Refused: PHOTO_UNSAFE, PHOTO_NOT_NOW, PHOTO_NOT_READ, PHOTO_TOO_LARGE, TOO_MANY_PHOTOS, TOO_MANY_TRIES.
        """
        if file.seek(0, 2) > MOST_BYTES:
            raise Refused(RefusalCode.PHOTO_TOO_LARGE, field=field)
        broken = f"broken-files:{actor.id}"
        await self._throttle.check(broken, _MOST_BROKEN)
        try:
            await self._scanner.check(file)
            async with contextlib.aclosing(self._sandbox.photos(str(actor.id), file.fileno(), most_pages)) as photos:
                async for photo in photos:
                    yield photo
        except BrokenFileError:
            await self._throttle.spend(broken, _MOST_BROKEN, timedelta(hours=1))
            raise Refused(RefusalCode.PHOTO_NOT_READ, field=field) from None
        except UnsafeFileError:
            raise Refused(RefusalCode.PHOTO_UNSAFE, field=field) from None
        except (ScannerError, SandboxBusyError):
            raise Refused(RefusalCode.PHOTO_NOT_NOW, field=field) from None
        except UnreadableFileError as error:
            if error.fault is Fault.TOO_MANY_PAGES:
                raise Refused(RefusalCode.TOO_MANY_PHOTOS, field=field, most=most_pages) from None
            raise not_read(error.fault, file, field) from None

    async def _insert(self, caller: Caller, request: str, photo: Photo, *, box: str | None) -> str:
        """A draft: the sealed file first, then its row. The name of the file."""
        citizen = await self._citizens.get(caller.principal.id)
        name = uuid4().hex
        content, size = photo
        await self._files.put(name, bytes(await self._vault.seal(citizen["key"], {"photo": content})))
        try:
            kept = await self._insert_row(caller, request, name=name, box=box, size=size)
        except Refused:
            await self._files.delete(name)
            raise
        # After any other fault it may be kept all the same; a file without a row is a stray (`server.jobs.retention`).
        if kept != name:  # another delivery of the same photo was first
            await self._files.delete(name)
        return kept

    @use_case("keep_photo")
    async def _insert_row(
        self, tx: Transaction, _request: str, *, name: str, box: str | None, size: tuple[int, int]
    ) -> str:
        row: EvidenceRow = {
            "_id": name,
            "citizen": tx.actor.id,
            "dispute": None,
            "box": box,
            "media_type": "image/jpeg",
            "width": size[0],
            "height": size[1],
            "added_at": tx.now,
        }
        await EvidenceRepository(tx).insert(row)
        return name

    # For disputes

    async def attach(self, tx: Transaction, citizen: str, dispute: str, photos: Sequence[str]) -> None:
        """Tie drafts to a dispute, inside its transaction. Refused: TOO_MANY_PHOTOS, NOT_FOUND."""
        evidence = EvidenceRepository(tx)
        already = await evidence.count_of(dispute)
        if already + len(set(photos)) > PHOTOS_MAX:
            raise Refused(RefusalCode.TOO_MANY_PHOTOS, field="evidence", most=PHOTOS_MAX)
        for photo in dict.fromkeys(photos):
            if not await evidence.attach(photo, citizen, dispute):
                raise Refused(RefusalCode.NOT_FOUND, field="evidence")

    async def of_disputes(self, disputes: Sequence[str], citizen: str | None = None) -> dict[str, list[Evidence]]:
        """The photos of each dispute, in the order they came; `citizen` is whose they all are, where that is known."""
        found: dict[str, list[Evidence]] = {dispute: [] for dispute in disputes}
        for row in await self._rows.of_disputes(disputes, citizen):
            found[str(row["dispute"])].append(self.view(row))
        return found

    async def one(self, actor: Principal, evidence_id: str) -> Evidence:
        row = await self._rows.get(evidence_id, actor.id)
        if row is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return self.view(row)

    async def open(self, token: str) -> bytes:
        """The photo behind an address. Raises BadSignedTokenError, also after its person has left."""
        content = await self._files.read(self._signed_tokens.read("evidence", token)["evidence"])
        if content is None:
            raise BadSignedTokenError
        photo: bytes = (await self._vault.open_bytes(content))["photo"]
        return photo

    async def forget_drafts(self) -> int:
        """Delete drafts that no dispute took within a day, returns how many."""
        count = 0
        for name in await self._rows.old_drafts(self._clock() - DRAFT_LIFE):
            if await self._rows.delete_draft(name):
                await self._files.delete(name)
                count += 1
        return count

    async def names(self, citizen: str) -> list[str]:
        """The files of a citizen."""
        return await self._rows.names_of(citizen)

    async def delete(self, names: Sequence[str]) -> None:
        """Delete the files of a citizen who left; what a fault leaves behind is unreadable without their key."""
        for name in names:
            await self._files.delete(name)

    def view(self, row: EvidenceRow) -> Evidence:
        """A row of evidence as the API shows it, with an address of some minutes."""
        token, _ = self._signed_tokens.issue("evidence", {"evidence": row["_id"]}, URL_LIFE)
        return Evidence(
            id=global_id("Evidence", row["_id"]),
            key=row["_id"],
            media_type=row["media_type"],
            width=row["width"],
            height=row["height"],
            added_at=row["added_at"],
            url=f"{self._signed_tokens.base_url}/h5/evidence/{token}",
        )
