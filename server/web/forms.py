"""Forms: what a browser sent, and what is left of it where its page does not take it.

The forms of a page carry a token that names its person and the page for a day, so that no other site can send them.
Where one cannot be taken, because something is wrong with it or its session is over, it becomes a draft, and its page
shows it again: after a redirect, so that Back and Reload never send anything.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import IO, Literal
from urllib.parse import quote

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.phrases import phrase
from schema.types.errors import RefusalCode, Refused
from scoring.dated import Text
from scoring.disputes import PHOTOS_MAX
from server.platform.core.drafts import LIFE, Draft
from server.platform.crypto.signed_tokens import BadSignedTokenError
from server.platform.kit.digests import digest_of
from server.web.session import container_of, end_cookie, set_cookie

Door = Literal["/h5", "/desk"]
FORM_BYTES = 64 * 1024
"""The fields of a form."""
FILES_BYTES = 26 * 1024 * 1024
"""What is kept of all files of a form together."""
UPLOAD_BYTES = 128 * 1024 * 1024
"""What a form with files may have on the way: more than is kept, so that a page can say so, and keep the words."""
_MOST_FIELDS = 24
_MOST_FILES = 40
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BREAK = re.compile(r"\r\n?")
_DRAFT = "egret_draft_"
_MOST_DRAFTS = 16
"""Forms of one page."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose page a form stood on, and its path."""

    person: str
    place: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a form brought: its token, its key, its fields, and the files that were chosen."""

    csrf: str = ""
    key: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    files: tuple[IO[bytes], ...] = ()
    """Open until the request ends."""
    refused: Refused | None = None
    """Why it cannot be taken as it is; where its files are too much, none of them is kept."""
    kept: bool = True
    """Whether its fields may wait in a draft."""
    errors: dict[str, Text] = field(default_factory=dict)
    """What is wrong with single fields, by their names."""

    @property
    def once(self) -> str:
        """What makes the same content one request, however often it is sent; what was changed since is another."""
        return digest_of(f"{self.key} {sorted(self.fields.items())}")[:32]

    def __getitem__(self, name: str) -> str:
        """A field without blanks around it; empty where it was not sent."""
        return self.fields.get(name, "").strip()


def form_token(request: Request, door: Door, person: str) -> str:
    """What the forms of this page carry."""
    token, _ = container_of(request).signed_tokens.issue(
        f"form {door}", {"person": person, "place": place_of(request)}, LIFE
    )
    return token


def place_of(request: Request) -> str:
    """The path of a page, as it stands in a header: nothing in it ends the header's value."""
    return quote(request.url.path)


def origin_of(request: Request, door: Door, form: Form) -> Origin | None:
    """Where a form comes from; None where that was not a page of ours, or more than a day ago."""
    try:
        content = container_of(request).signed_tokens.read(f"form {door}", form.csrf)
    except BadSignedTokenError:
        return None
    return Origin(content["person"], content["place"])


async def keep_draft(request: Request, response: Response, origin: Origin, draft: Draft) -> None:
    """Keep a form that was not taken; the browser gets what it is read with. What it kept for the page before ends.

    Refused: TOO_MANY_TRIES.
    """
    secret = await container_of(request).drafts.keep(origin.person, origin.place, draft)
    await end_draft(request, response, origin.place, draft.action)
    name, seconds = _cookie(origin.place, draft.action), int(LIFE.total_seconds())
    # Lax: the way back from signing in elsewhere has to bring it along.
    set_cookie(request, response, name, secret, path=origin.place, same_site="lax", seconds=seconds)


async def drafts_at(request: Request, origin: Origin) -> dict[str, Draft]:
    """What this person typed on this page and could not be taken, by form."""
    drafts = container_of(request).drafts
    page = _page(origin.place)
    secrets = [secret for name, secret in request.cookies.items() if name.startswith(page)][:_MOST_DRAFTS]
    found = [await drafts.read(secret, origin.person, origin.place) for secret in secrets]
    return {draft.action: draft for draft in found if draft is not None}


async def end_draft(request: Request, response: Response, place: str, action: str) -> None:
    """This form was taken."""
    name = _cookie(place, action)
    secret = request.cookies.get(name)
    if secret is not None:
        await container_of(request).drafts.end(secret)
        end_cookie(request, response, name, path=place)


def action_of(request: Request) -> str:
    """Which form of its page an address is of."""
    return str(request.path_params.get("action", ""))


def _page(place: str) -> str:
    """How the cookies of a page begin: a browser sends those of the pages above it too."""
    return f"{_DRAFT}{digest_of(place)[:12]}_"


def _cookie(place: str, action: str) -> str:
    return _page(place) + digest_of(action)[:8]


def back_to(place: str, to: str = "") -> RedirectResponse:
    """The page that a form stood on; Back and Reload then send nothing again."""
    return RedirectResponse(f"{place}#{to}" if to else place, 303, headers={"cache-control": "no-store"})


@contextlib.asynccontextmanager
async def sent_form(request: Request, door: Door) -> AsyncIterator[Form]:
    """The form of a request; its files are open meanwhile. Raises HTTPException where it is none that a page has.

    Files are kept only behind the token of a page of ours.
    """
    sent = await _parsed(request, door)
    try:
        yield _form(*sent)
    finally:
        await sent[0].close()


async def _parsed(request: Request, door: Door) -> tuple[FormData, Refused | None]:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.form(max_fields=_MOST_FIELDS, max_part_size=FORM_BYTES), None
    async with aclosing(_stream(request)) as stream:
        parser = _FormWithFiles(request.headers, stream, lambda csrf: origin_of(request, door, Form(csrf)) is not None)
        try:
            return await parser.parse(), parser.too_much
        except MultiPartException as error:
            raise HTTPException(400, error.message) from None


async def _stream(request: Request) -> AsyncGenerator[bytes, None]:
    async for piece in request.stream():
        yield piece


class _FormWithFiles(MultiPartParser):
    """Keeps no more of the files than `FILES_BYTES`; what stands in the fields is kept all the same."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None], is_ours: Callable[[str], bool]) -> None:
        limits = {"max_files": _MOST_FILES, "max_fields": _MOST_FIELDS, "max_part_size": FORM_BYTES}
        super().__init__(headers, stream, **limits)
        self._left = FILES_BYTES
        self._is_ours = is_ours

    @property
    def too_much(self) -> Refused | None:
        chosen = [item for _, item in self.items if isinstance(item, UploadFile) and item.filename]
        if len(chosen) > PHOTOS_MAX:
            return Refused(RefusalCode.TOO_MANY_PHOTOS, field="evidence", most=PHOTOS_MAX)
        if self._left < 0:
            most = FILES_BYTES >> 20
            said = {language: phrase(language, "h5.files_too_large", most=most) for language in ("zh", "en")}
            return Refused(RefusalCode.PHOTO_TOO_LARGE, field="evidence", message=Text(**said))
        return None

    def on_headers_finished(self) -> None:
        """Keep nothing of a file that comes before, or without, the token of a page."""
        super().on_headers_finished()
        csrf = str(next((value for name, value in self.items if name == "csrf"), ""))
        if self._current_part.file is not None and self._left > 0 and not self._is_ours(csrf):
            self._left = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Let go of what is too much."""
        if self._current_part.file is not None:
            self._left -= end - start
            if self._left < 0:
                return
        super().on_part_data(data, start, end)


def _form(sent: FormData, too_much: Refused | None) -> Form:
    fields = {name: _text(value) for name, value in sent.multi_items() if isinstance(value, str)}
    chosen = [value.file for value in sent.getlist("files") if isinstance(value, UploadFile) and value.filename]
    csrf, key = fields.pop("csrf", ""), fields.pop("key", "")
    return Form(csrf, key if _KEY.fullmatch(key) else "", fields, () if too_much else tuple(chosen), too_much)


def _text(value: str) -> str:
    """A field with simple line ends, without what cannot be written."""
    return _CONTROL.sub("", _BREAK.sub("\n", value.encode("utf-8", "replace").decode()))
