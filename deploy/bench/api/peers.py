"""What others would write for the same two questions: plain Starlette handlers, and Ariadne. Only measured against.

Both know the same tokens, make the same reads, open the same sealed values and give the same JSON.

Settings come by environment, as for `egret serve`.

    python deploy/bench/api/peers.py starlette|ariadne motor|pymongo PORT
"""

from __future__ import annotations

import sys
import zlib
from functools import lru_cache
from typing import Any

import orjson
import uvloop
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schema.types.connection import encode_cursor, global_id
from server.cli.running import listen, serve_app
from server.container import Container, open_container
from server.settings import Settings

REGISTRY = jwt.JWTClaimsRegistry(aud={"essential": True, "value": "egret"}, exp={"essential": True})
WITH = ("citizen", "sealed", "source", "occurred_on", "reported_on", "final", "disputed")


class Reads:
    """The reads of both peers, on Motor or on PyMongo's own async API."""

    def __init__(self, container: Container, driver: str) -> None:
        self._rows = container.store.quick if driver == "pymongo" else container.store.__getitem__
        self._vault = container.vault
        self._key = OctKey.import_key(container.settings.token_key.get_secret_value())

    async def citizen(self, request: Request) -> str:
        token = request.headers["authorization"].removeprefix("Bearer ")
        decoded = jwt.decode(token, self._key, algorithms=["HS256"])
        REGISTRY.validate(decoded.claims)
        bound = await self._rows("citizens").find_one({"contacts.hash": decoded.claims["sub"]}, {"_id": 1})
        if bound is None:
            raise LookupError
        return str(bound["_id"])

    async def statement(self, citizen: str) -> Any:
        row = await self._rows("assessments").find_one({"citizen": citizen, "current": True})
        if row is None:
            raise LookupError
        return orjson.loads(zlib.decompress((await self._vault.open(row["sealed"]))["zlib"]))["statement"]

    async def records(self, citizen: str) -> list[dict[str, Any]]:
        found = self._rows("records").find({"citizen": citizen, "status": "active"}, WITH)
        rows = await found.sort([("reported_on", -1), ("_id", 1)]).limit(50).to_list(None)
        lines = {(x["source"], x["record"]): x for x in (await self.statement(citizen))["lines"]}
        given = []
        for row in rows:
            number = (await self._vault.open(row["sealed"]))["id"]
            line = lines.get((row["source"], number), {})
            node = {
                "id": global_id("CreditRecord", row["_id"]),
                "documentNumber": number,
                "occurredOn": row["occurred_on"],
                "reportedOn": row["reported_on"],
                "final": row["final"],
                "disputed": bool(row["disputed"]),
                "points": line.get("points"),
                "expiresOn": line.get("expires_on"),
            }
            given.append({"cursor": encode_cursor(row["_id"]), "node": node})
        return given


def by_hand(reads: Reads) -> list[Route]:
    """One handler for each question."""

    async def score(request: Request) -> Response:
        await request.json()
        known = await reads.statement(await reads.citizen(request))
        given = {"value": known["value"], "band": {"code": known["band"]["code"]}}
        return _json({"data": {"me": {"score": given}}})

    async def records(request: Request) -> Response:
        await request.json()
        edges = await reads.records(await reads.citizen(request))
        return _json({"data": {"me": {"records": {"edges": [{"node": e["node"]} for e in edges]}}}})

    return [Route("/score", score, methods=["POST"]), Route("/records", records, methods=["POST"])]


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def by_ariadne(reads: Reads) -> list[Route]:
    """Ariadne's ASGI application, with documents parsed once."""
    from ariadne import ObjectType, QueryType, make_executable_schema
    from ariadne.asgi import GraphQL
    from graphql import parse

    query, me = QueryType(), ObjectType("Citizen")
    query.set_field("me", _me(reads))
    me.set_field("score", lambda citizen, _info: reads.statement(citizen))
    me.set_field("records", _records(reads))
    schema = make_executable_schema(_SDL, query, me)
    parsed = lru_cache(maxsize=100)(parse)
    app = GraphQL(schema, query_parser=lambda _context, data: parsed(data["query"]), introspection=False)
    return [
        Route("/score", app.handle_request, methods=["POST"]),
        Route("/records", app.handle_request, methods=["POST"]),
    ]


def _me(reads: Reads) -> Any:
    async def resolve(_source: object, info: Any) -> str:
        return await reads.citizen(info.context["request"])

    return resolve


def _records(reads: Reads) -> Any:
    async def resolve(citizen: str, _info: Any, first: int = 20) -> dict[str, Any]:
        return {"edges": (await reads.records(citizen))[:first]}

    return resolve


_SDL = """
type Query { me: Citizen }
type Citizen { score: Score!, records(first: Int! = 20): Page }
type Score { value: Int!, band: Band! }
type Band { code: String! }
type Page { edges: [Edge!]! }
type Edge { cursor: String!, node: Record! }
type Record {
  id: ID!, documentNumber: String!, occurredOn: String!, reportedOn: String!
  final: Boolean!, disputed: Boolean!, points: Int, expiresOn: String
}
"""


async def main() -> None:
    """Serve one of them, with the same server as Egret."""
    which, driver, port = sys.argv[1:]
    async with open_container(Settings()) as container:
        routes = {"starlette": by_hand, "ariadne": by_ariadne}[which](Reads(container, driver))
        await serve_app(Starlette(routes=routes), listen("127.0.0.1", int(port)))


if __name__ == "__main__":
    uvloop.run(main())
