"""The city's own service as the register: what is sent, and that each answer is one of three."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from scoring.identity import Identity
from server.citizens.residents import remote
from server.citizens.residents.register import Answer
from server.citizens.residents.remote import RemoteRegister
from server.platform.crypto.webhook_signatures import new_secret, signature
from server.platform.kit.clock import utc_now
from tests.support.people import YING

URL = "https://register.city.example/match"
SECRET = new_secret()


async def ask(
    answer: httpx.Response | Exception, seen: list[httpx.Request] | None = None, person: Identity = YING
) -> Answer:
    def give(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with httpx.AsyncClient(transport=httpx.MockTransport(give)) as http:
        return await RemoteRegister(http, URL, SECRET, utc_now).ask(person)


@pytest.mark.parametrize("answer", [Answer.MATCHES, Answer.DIFFERS, Answer.UNSURE])
async def test_each_of_three_answers(answer: Answer) -> None:
    assert await ask(httpx.Response(200, json={"answer": answer.value})) is answer


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"answer": "yes"}),
        httpx.Response(200, json={"answer": ["matches"]}),
        httpx.Response(200, json=["matches"]),
        httpx.Response(200, text="matches"),
        httpx.Response(200, json={"answer": "moved"}),
        httpx.Response(500, json={"answer": "matches"}),
        httpx.Response(302, headers={"location": "https://elsewhere.example"}),
        httpx.ConnectError("nobody is there"),
        httpx.ReadTimeout("late"),
    ],
    ids=lambda answer: repr(answer)[:40],
)
async def test_everything_else_means_that_it_cannot_say(answer: httpx.Response | Exception) -> None:
    assert await ask(answer) is Answer.UNSURE


async def test_what_is_asked_is_signed_and_in_one_form() -> None:
    seen: list[httpx.Request] = []
    typed = Identity(" 陈 小 萤 ", YING.id_number, "+86 " + YING.phone)
    await ask(httpx.Response(200), seen, typed)
    (request,) = seen
    assert json.loads(request.content) == {"name": YING.name, "idNumber": YING.id_number, "phone": YING.phone}
    assert str(request.url) == URL, "nothing about the person stands in the address"
    said = request.headers
    expected = signature(SECRET, said["webhook-id"], int(said["webhook-timestamp"]), request.content)
    assert said["webhook-signature"] == expected


async def test_a_late_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(remote, "_SECONDS", 0.05)
    forever = asyncio.Event()

    async def give(_request: httpx.Request) -> httpx.Response:
        await forever.wait()
        raise AssertionError("never")

    async with httpx.AsyncClient(transport=httpx.MockTransport(give)) as http:
        assert await RemoteRegister(http, URL, SECRET, utc_now).ask(YING) is Answer.UNSURE
    assert "does not answer" in caplog.text
    assert YING.name not in caplog.text
