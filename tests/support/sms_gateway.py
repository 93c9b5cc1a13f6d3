"""An SMS gateway as a program of its own: takes `{"phone", "text"}`, sends nothing, and shows the newest for a phone.

python -m tests.support.sms_gateway --port 8002
curl http://127.0.0.1:8002/13900005678
"""

from __future__ import annotations

import argparse

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_LONGEST = 500


def gateway() -> Starlette:
    """The gateway; its messages are in memory alone."""
    newest: dict[str, str] = {}

    async def take(request: Request) -> Response:
        message = await request.json()
        if not isinstance(message, dict) or not message.get("phone") or not message.get("text"):
            return PlainTextResponse("phone and text, please\n", 400)
        newest[str(message["phone"])] = str(message["text"])[:_LONGEST]
        return PlainTextResponse("taken\n")

    async def show(request: Request) -> Response:
        text = newest.get(request.path_params["phone"])
        return PlainTextResponse("no message yet\n", 404) if text is None else PlainTextResponse(f"{text}\n")

    return Starlette(routes=[Route("/", take, methods=["POST"]), Route("/{phone}", show)])


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.sms_gateway")
    parser.add_argument("--port", type=int, default=8002)
    uvicorn.run(gateway(), host="127.0.0.1", port=parser.parse_args().port, log_level="warning")


if __name__ == "__main__":
    main()
