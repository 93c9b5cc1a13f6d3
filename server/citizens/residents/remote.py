"""The city's own service as the register: asked person by person over HTTP, and nothing of it is stored.

Egret sends `POST` with `{"name", "idNumber", "phone"}`, signed as Standard Webhooks 1.0 has it (`webhook-id`,
`webhook-timestamp`, `webhook-signature`), and gets `{"answer": "matches" | "differs" | "unsure"}`. Everything else, and
an answer that is late, means that the service cannot say now.
"""

from __future__ import annotations

import asyncio
import logging
from uuid import uuid4

import httpx
import orjson

from scoring.identity import Identity, normal_identity
from server.citizens.residents.register import Answer
from server.platform.crypto.webhook_signatures import signature_headers
from server.platform.kit.clock import Clock

log = logging.getLogger("egret.register")
_SECONDS = 3.0
"""For one answer, from the first byte sent to the last one read: a person waits."""
_ANSWERS = {answer.value: answer for answer in (Answer.MATCHES, Answer.DIFFERS, Answer.UNSURE)}


class RemoteRegister:
    """A register of residents behind `EGRET_REGISTER_URL`."""

    def __init__(self, http: httpx.AsyncClient, url: str, secret: str, clock: Clock) -> None:
        self._http = http
        self._url = url
        self._secret = secret
        self._clock = clock

    async def ask(self, person: Identity) -> Answer:
        """In the one form that a person has here, whatever they typed."""
        person = normal_identity(person)
        body = orjson.dumps({"name": person.name, "idNumber": person.id_number, "phone": person.phone})
        sent_at = int(self._clock().timestamp())
        headers = signature_headers([self._secret], uuid4().hex, sent_at, body)
        headers |= {"content-type": "application/json", "accept-encoding": "identity"}
        try:
            async with asyncio.timeout(_SECONDS):
                response = await self._http.post(self._url, content=body, headers=headers, follow_redirects=False)
        except (TimeoutError, httpx.HTTPError) as error:
            log.warning("the register of residents does not answer: %s", type(error).__name__)
            return Answer.UNSURE
        return _read(response)


def _read(response: httpx.Response) -> Answer:
    try:
        said = response.json() if response.status_code == httpx.codes.OK else None
    except ValueError:
        said = None
    answer = _ANSWERS.get(str(said.get("answer"))) if isinstance(said, dict) else None
    if answer is None:
        log.warning("the register of residents gives no answer that can be read: status %d", response.status_code)
        return Answer.UNSURE
    return answer
