"""Relay connections with keyset cursors, and global ids."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

import strawberry

from schema.types.errors import RefusalCode, Refused

T = TypeVar("T")
MAX_PAGE = 100
Count = Callable[[], Awaitable[int]]
"""Counts what a list has on all its pages."""


@strawberry.interface(description="Something with a global id.")
class Node:
    """The Relay node; implemented by what can be fetched again by id."""

    id: strawberry.ID


@strawberry.type(description="Whether there is more, and where to go on.")
class PageInfo:
    """Relay page info; Egret's lists go forward."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One item of a list with its cursor.")
class Edge(Generic[T]):
    """A Relay edge."""

    key: strawberry.Private[str]
    node: T

    @strawberry.field
    def cursor(self) -> str:
        return encode_cursor(self.key)


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A Relay connection."""

    edges: list[Edge[T]]
    page_info: PageInfo
    count: strawberry.Private[Count]

    @strawberry.field(description="How many items there are on all pages.")
    async def total_count(self) -> int:
        return await self.count()


@dataclass(frozen=True, slots=True)
class Page:
    """A requested page: at most `first` items after the item whose key is `after`."""

    first: int
    after: str | None

    @classmethod
    def of(cls, first: int, after: str | None) -> Page:
        """Check the arguments. Raises Refused (BAD_INPUT)."""
        if not 1 <= first <= MAX_PAGE:
            raise Refused(RefusalCode.BAD_INPUT, field="first", detail=f"first: 1-{MAX_PAGE}")
        return cls(first, None if after is None else decode_cursor(after))

    def moment(self) -> datetime:
        """The cursor as a moment. Raises Refused (BAD_INPUT)."""
        try:
            moment = datetime.fromisoformat(self.after or "")
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise Refused(RefusalCode.BAD_INPUT, field="after", detail="cursor") from None

    def number(self) -> int:
        """The cursor as a number. Raises Refused (BAD_INPUT)."""
        text = self.after or ""
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Refused(RefusalCode.BAD_INPUT, field="after", detail="cursor")
        return int(text)


def connect(items: Sequence[T], key: Callable[[T], str], page: Page, *, has_next: bool, count: Count) -> Connection[T]:
    """A connection over one page of items that storage already cut."""
    edges = [Edge(key=key(item), node=item) for item in items]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=has_next,
            has_previous_page=page.after is not None,
            start_cursor=encode_cursor(edges[0].key) if edges else None,
            end_cursor=encode_cursor(edges[-1].key) if edges else None,
        ),
        count=count,
    )


def connect_all(items: Sequence[T], key: Callable[[T], str], page: Page) -> Connection[T]:
    """A connection over a short list that is whole in memory."""
    start = 0
    if page.after is not None:
        start = next((n + 1 for n, item in enumerate(items) if key(item) == page.after), len(items))
    cut = items[start : start + page.first]

    async def count() -> int:
        return len(items)

    return connect(cut, key, page, has_next=start + len(cut) < len(items), count=count)


def encode_cursor(key: str) -> str:
    """An opaque cursor for a key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The key inside a cursor. Raises Refused (BAD_INPUT)."""
    try:
        if len(cursor) > 200:
            raise ValueError
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise Refused(RefusalCode.BAD_INPUT, field="after", detail="cursor") from None


def global_id(kind: str, key: str) -> strawberry.ID:
    """The global id of a node."""
    return strawberry.ID(encode_cursor(f"{kind}:{key}"))


def kind_and_key(value: str) -> tuple[str, str]:
    """The kind and the key inside a global id; both empty where it is none."""
    try:
        kind, _, key = decode_cursor(value).partition(":")
    except Refused:
        return "", ""
    return kind, key


def local_id(value: str, kind: str) -> str:
    """The key inside a global id of that kind. Raises Refused (NOT_FOUND) on any other."""
    found, key = kind_and_key(value)
    if found != kind or not key:
        raise Refused(RefusalCode.NOT_FOUND)
    return key
