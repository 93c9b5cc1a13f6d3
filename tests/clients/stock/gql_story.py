"""gql over httpx and websockets: python gql_story.py BASE OPENID PHOTO. Prints what it did as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

BASE, OPENID, PHOTO = sys.argv[1:]
API = f"{BASE}/graphql"
LOG_IN = gql(
    """mutation($input: LogInInput!) { logIn(input: $input) {
    ... on LogInSuccess { session { token } } ... on Refusal { refusalCode } } }"""
)
RECORDS = gql("{ me { score { value } records(first: 50) { edges { node { id points disputed } } } } }")
LINES = gql(
    """query($after: String) { me { score { lines(first: 1, after: $after) {
    edges { node { points } } pageInfo { hasNextPage endCursor } } } } }"""
)
UPLOAD = gql("mutation { openEvidenceUpload { ... on OpenEvidenceUploadSuccess { upload { url } } } }")
OPEN = gql(
    """mutation($input: OpenDisputeInput!) { openDispute(input: $input) {
    ... on OpenDisputeSuccess { dispute { id number } } ... on Refusal { refusalCode } } }"""
)
WITHDRAW = gql(
    """mutation($input: WithdrawDisputeInput!) { withdrawDispute(input: $input) {
    ... on WithdrawDisputeSuccess { dispute { id state } } } }"""
)
CHANGED = gql("subscription { disputeChanged { id state } }")


async def with_schema() -> None:
    """The schema by introspection, against which the documents are held."""
    async with Client(transport=HTTPXAsyncTransport(API), fetch_schema_from_transport=True) as session:
        assert session.client.schema is not None


async def token(code: str) -> str:
    async with Client(transport=HTTPXAsyncTransport(API)) as session:
        answer = await session.execute(LOG_IN, variable_values={"input": {"code": code}})
    found: str = answer["logIn"]["session"]["token"]
    return found


async def pages(session: Any, value: int) -> int:
    """How many pages the lines have; they sum to the score."""
    after, total, count = None, 0, 0
    while True:
        lines = (await session.execute(LINES, variable_values={"after": after}))["me"]["score"]["lines"]
        total += sum(edge["node"]["points"] for edge in lines["edges"])
        count += 1
        if not lines["pageInfo"]["hasNextPage"]:
            assert total == value, (total, value)
            return count
        after = lines["pageInfo"]["endCursor"]


async def hear(bearer: str, listening: asyncio.Event) -> Any:
    """The first thing that happens to a dispute."""
    transport = WebsocketsTransport(
        API.replace("http", "ws"),
        init_payload={"authorization": f"Bearer {bearer}"},
        subprotocols=["graphql-transport-ws"],
    )
    async with Client(transport=transport) as session:
        events = session.subscribe(CHANGED)
        first = asyncio.ensure_future(anext(events))
        await session.execute(gql("{ __typename }"))
        listening.set()
        heard = (await asyncio.wait_for(first, 20))["disputeChanged"]
        await events.aclose()
    return heard


async def main(code: str) -> None:
    await with_schema()
    bearer = await token(code)
    listening = asyncio.Event()
    heard = asyncio.ensure_future(hear(bearer, listening))
    await asyncio.wait_for(listening.wait(), 20)
    transport = HTTPXAsyncTransport(API, headers={"authorization": f"Bearer {bearer}"})
    async with Client(transport=transport) as session:
        me = (await session.execute(RECORDS))["me"]
        count = await pages(session, me["score"]["value"])
        upload = (await session.execute(UPLOAD))["openEvidenceUpload"]["upload"]
        sent = httpx.put(upload["url"], content=Path(PHOTO).read_bytes())  # noqa: ASYNC210, ASYNC240 - a script
        evidence = [one["id"] for one in sent.json()["evidence"]]
        nodes = [edge["node"] for edge in me["records"]["edges"]]
        record = next(node["id"] for node in nodes if node["points"] and not node["disputed"])
        given = {"recordId": record, "reason": "NOT_MINE", "words": "请核对。", "evidence": evidence}
        filed = (await session.execute(OPEN, variable_values={"input": given}))["openDispute"]["dispute"]
        assert (await heard)["id"] == filed["id"]
        await session.execute(WITHDRAW, variable_values={"input": {"id": filed["id"]}})
    print(json.dumps({"client": "gql", "pages": count, "dispute": filed["number"]}))


asyncio.run(main(httpx.get(f"{BASE}/simulator/login-code", params={"openid": OPENID}).json()["code"]))
