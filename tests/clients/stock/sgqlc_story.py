"""sgqlc with the classes that it makes of our introspection: python sgqlc_story.py BASE OPENID PHOTO FOLDER."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from sgqlc.endpoint.http import HTTPEndpoint
from sgqlc.operation import Operation

BASE, OPENID, PHOTO, FOLDER = sys.argv[1:]
API = f"{BASE}/graphql"


def classes() -> Any:
    """The module that `sgqlc-codegen` writes of what `sgqlc.introspection` was told."""
    told, made = Path(FOLDER) / "schema.json", Path(FOLDER) / "egret_schema.py"
    subprocess.run([sys.executable, "-m", "sgqlc.introspection", API, str(told)], check=True)
    subprocess.run([Path(sys.executable).with_name("sgqlc-codegen"), "schema", str(told), str(made)], check=True)
    sys.path.insert(0, FOLDER)
    import egret_schema

    return egret_schema.egret_schema


def run(schema: Any, operation: Operation, token: str | None = None) -> Any:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    answer = HTTPEndpoint(API, headers)(operation)
    assert "errors" not in answer, answer["errors"]
    return operation + answer


def change(schema: Any, name: str, asked: Any, token: str | None = None, **values: Any) -> Any:
    """Make a change and give its payload; `asked` selects from it."""
    operation = Operation(schema.Mutation)
    field = getattr(operation, name)
    result = field(**({"input": values} if values else {}))
    payload = "".join(part.capitalize() for part in name.split("_")) + "Success"
    asked(result.__as__(getattr(schema, payload)))
    result.__as__(schema.PlainRefusal).refusal_code()
    return getattr(run(schema, operation, token), name)


def main() -> None:
    schema = classes()
    code = httpx.get(f"{BASE}/simulator/login-code", params={"openid": OPENID}).json()["code"]
    token = change(schema, "log_in", lambda it: it.session.token(), code=code).session.token
    asked = Operation(schema.Query)
    asked.me.score.value()
    lines = asked.me.score.lines(first=100)
    lines.edges.node.points()
    asked.me.records(first=50).edges.node.__fields__("id", "points", "disputed")
    me = run(schema, asked, token).me
    assert sum(edge.node.points for edge in me.score.lines.edges) == me.score.value
    upload = change(schema, "open_evidence_upload", lambda it: it.upload.url(), token).upload
    evidence = [one["id"] for one in httpx.put(upload.url, content=Path(PHOTO).read_bytes()).json()["evidence"]]
    record = next(edge.node.id for edge in me.records.edges if edge.node.points and not edge.node.disputed)
    given = {"record_id": record, "reason": "NOT_MINE", "words": "请核对。", "evidence": evidence}
    filed = change(schema, "open_dispute", lambda it: it.dispute.__fields__("id", "number"), token, **given).dispute
    withdrawn = change(schema, "withdraw_dispute", lambda it: it.dispute.state(), token, id=filed.id).dispute
    assert withdrawn.state == "WITHDRAWN"
    print(json.dumps({"client": "sgqlc", "lines": len(me.score.lines.edges), "dispute": filed.number}))


main()
