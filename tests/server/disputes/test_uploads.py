"""One-time addresses that an app sends evidence to."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from server.disputes.evidence import MOST_BYTES
from tests.support.people import YING, record
from tests.support.photos import NOT_PHOTOS, pdf, photo
from tests.support.world import World

OPEN = """mutation { openEvidenceUpload {
    ... on OpenEvidenceUploadSuccess { upload { url box maxBytes } } ... on Refusal { refusalCode } } }"""
PARKING = record("traffic.illegal-parking", "2026-09-02")


async def opened(world: World, token: str) -> tuple[str, str]:
    """The path to send to, and the box."""
    upload = (await world.ask(OPEN, token=token))["data"]["openEvidenceUpload"]["upload"]
    return urlsplit(upload["url"]).path, upload["box"]


async def test_a_file_that_was_sent_comes_with_the_dispute(world: World) -> None:
    token = await world.bound_token()
    await world.deliver(YING, PARKING)
    path, box = await opened(world, token)
    sent = await world.http.post(path, content=photo())
    assert sent.status_code == 201
    ids = [one["id"] for one in sent.json()["evidence"]]
    boxed = "query($b: String!) { boxedEvidence(box: $b) { edges { node { id mediaType } } } }"
    asked = await world.ask(boxed, token=token, b=box)
    assert asked["data"]["boxedEvidence"]["edges"] == [{"node": {"id": ids[0], "mediaType": "image/jpeg"}}]
    records = await world.ask("{ me { records { edges { node { id } } } } }", token=token)
    given = {"recordId": records["data"]["me"]["records"]["edges"][0]["node"]["id"], "reason": "NOT_MINE"}
    document = """mutation($i: OpenDisputeInput!) { openDispute(input: $i) {
        ... on OpenDisputeSuccess { dispute { evidence { id } } } ... on Refusal { refusalCode } } }"""
    filed = await world.ask(document, token=token, i={**given, "words": "不是我的车", "evidence": ids})
    assert filed["data"]["openDispute"]["dispute"]["evidence"] == [{"id": ids[0]}]


async def test_each_page_of_a_pdf_is_a_photo(world: World) -> None:
    path, _ = await opened(world, await world.bound_token())
    assert len((await world.http.post(path, content=pdf(2))).json()["evidence"]) == 2


async def test_an_address_takes_one_file_once(world: World) -> None:
    path, _ = await opened(world, await world.bound_token())
    answers = await asyncio.gather(*(world.http.post(path, content=photo()) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 410, 410, 410]


@pytest.mark.parametrize("what", NOT_PHOTOS)
async def test_what_is_no_photo_is_refused_and_the_address_stays_good(world: World, what: str) -> None:
    path, _ = await opened(world, await world.bound_token())
    answer = await world.http.post(path, content=NOT_PHOTOS[what])
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (422, "PHOTO_NOT_READ")
    assert await world.container.store["files.files"].count_documents({}) == 0
    assert (await world.http.post(path, content=photo())).status_code == 201
    assert (await world.http.post(path, content=photo())).status_code == 410


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_file_comes_as_a_body_or_in_a_form(world: World, method: str) -> None:
    token = await world.bound_token()
    bare, _ = await opened(world, token)
    assert (await world.http.request(method, bare, content=photo())).status_code == 201
    form, _ = await opened(world, token)
    files = {"file": ("photo.jpg", photo(), "image/jpeg")}
    sent = await world.http.request(method, form, files=files, data={"user": "test"})
    assert (sent.status_code, len(sent.json()["evidence"])) == (201, 1)


async def test_a_form_has_one_file(world: World) -> None:
    path, _ = await opened(world, await world.bound_token())
    ten = [("file", (f"{n}.jpg", photo(), "image/jpeg")) for n in range(10)]
    for form in ({"files": ten}, {"files": {"none": (None, b"words")}}):
        answer = await world.http.post(path, **form)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_INPUT")
    assert (await world.http.post(path, content=photo())).status_code == 201


async def test_what_is_too_large_too_late_or_not_ours_is_not_taken(world: World) -> None:
    token = await world.bound_token()
    path, _ = await opened(world, token)
    assert (await world.http.post(path, content=bytes(MOST_BYTES + 1))).status_code == 413
    assert (await world.http.post(path[:-2] + "xx", content=photo())).status_code == 410
    assert (await world.http.get(path)).status_code == 405
    world.clock.advance(minutes=16)
    assert (await world.http.post(path, content=photo())).status_code == 410


async def test_only_a_citizen_gets_an_address(world: World) -> None:
    assert (await world.ask(OPEN))["data"]["openEvidenceUpload"]["refusalCode"] == "NOT_SIGNED_IN"


async def test_the_same_key_gives_the_same_address(world: World) -> None:
    token = await world.bound_token()
    first = await world.ask(OPEN, token=token, key="k")
    assert await world.ask(OPEN, token=token, key="k") == first
    assert await world.ask(OPEN, token=token) != first
