"""Connections: keyset cursors that survive anything a client sends."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.types.connection import Page, connect_all, decode_cursor, encode_cursor, global_id, local_id
from schema.types.errors import RefusalCode, Refused

ITEMS = [f"k{n}" for n in range(7)]


def test_walking_the_pages_gives_every_item_once() -> None:
    seen: list[str] = []
    after = None
    while True:
        page = connect_all(ITEMS, str, Page.of(3, after))
        seen += [edge.node for edge in page.edges]
        if not page.page_info.has_next_page:
            break
        after = page.page_info.end_cursor
    assert seen == ITEMS


def test_an_item_that_is_gone_ends_the_list() -> None:
    page = connect_all(ITEMS, str, Page.of(3, encode_cursor("gone")))
    assert page.edges == []
    assert not page.page_info.has_next_page
    assert page.page_info.end_cursor is None


@pytest.mark.parametrize("first", [0, -1, 101])
def test_a_page_has_1_to_100_items(first: int) -> None:
    with pytest.raises(Refused) as caught:
        Page.of(first, None)
    assert caught.value.code is RefusalCode.BAD_INPUT


@given(st.text(max_size=60))
def test_cursors_come_back(key: str) -> None:
    key = key.encode("utf-8", "ignore").decode()
    assert decode_cursor(encode_cursor(key)) == key


@given(st.text(max_size=300))
def test_any_cursor_is_read_or_refused(cursor: str) -> None:
    with contextlib.suppress(Refused):
        assert isinstance(decode_cursor(cursor), str)


def test_a_global_id_of_another_kind_is_not_found() -> None:
    assert local_id(global_id("Dispute", "1"), "Dispute") == "1"
    for wrong in (global_id("Pass", "1"), "???", global_id("Dispute", "")):
        with pytest.raises(Refused) as caught:
            local_id(wrong, "Dispute")
        assert caught.value.code is RefusalCode.NOT_FOUND
