"""The real processes: `egret serve` and `egret worker` write JSON lines, serve their port, and tell nothing."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schema.types.connection import global_id
from server.platform.kit.clock import utc_now
from server.settings import Settings, demo_secrets
from server.web.developers.verify_webhook import is_genuine
from tests.support.live import listening_for, until
from tests.support.people import YING, wire
from tests.support.receiver import receiver
from tests.support.sign_in import VERIFIED, citizens_provider, file_of_one

pytestmark = pytest.mark.long
PATIENCE_SECONDS = 120
TEST = """mutation Try($id: ID!) { testWebhook(input: {id: $id}) { ... on TestWebhookSuccess { event { state } } } }"""
COMMAND = [sys.executable, "-c", "import sys; from server.cli.main import main; sys.exit(main())"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


class Process:
    """A command of ours with its settings in the environment, and what it wrote."""

    def __init__(self, command: str, folder: Path, uri: str, **settings: str) -> None:
        self.err = folder / f"{command}.err"
        self.port, self.ops = free_port(), free_port()
        kept = {name: value for name, value in demo_secrets(folder).items() if name in Settings.model_fields}
        given = {**kept, "mongodb_uri": uri, "database": "processes", "scheme": "fuzhou-moli"}
        given |= {"port": str(self.port), "ops_port": str(self.ops)}
        named = {f"EGRET_{name.upper()}": value for name, value in (given | settings).items()}
        self.secrets = [value for name, value in kept.items() if "wechat_app_id" not in name]
        with self.err.open("w") as err:
            self._environment = {**os.environ, **named, "PYTHONUNBUFFERED": "1"}
            self.process = subprocess.Popen([*COMMAND, command], stdout=err, stderr=err, env=self._environment)

    def run(self, *words: str) -> str:
        """What another command says with the same settings."""
        done = subprocess.run([*COMMAND, *words], env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def ready(self, port: int) -> None:
        async with httpx.AsyncClient() as http:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < deadline:
                assert self.process.poll() is None, self.err.read_text()
                try:
                    if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(self.err.read_text())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.err.read_text("utf-8").splitlines()]


@pytest.fixture
def started(tmp_path: Path, mongodb_uri: str) -> Iterator[Any]:
    running: list[Process] = []

    def start(command: str, **settings: str) -> Process:
        running.append(Process(command, tmp_path, mongodb_uri, **settings))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


async def test_a_server_writes_json_and_serves_its_operations_elsewhere(started: Any) -> None:
    server = started("serve")
    await server.ready(server.port)
    await server.ready(server.ops)
    async with httpx.AsyncClient() as http:
        base, ops = f"http://127.0.0.1:{server.port}", f"http://127.0.0.1:{server.ops}"
        assert (await http.get(f"{base}/metrics")).status_code == 404
        await http.get(f"{base}/h5/bind/{YING.id_number}?phone={YING.phone}")
        await http.post(f"{base}/wechat?openid=o-abc&signature={server.secrets[0]}", content=YING.name.encode())
        asked = await http.post(f"{base}/graphql", json={"query": "{ schemes }", "variables": {"x": YING.id_number}})
        assert asked.status_code == 403, "outside the demo people ask trusted documents alone"
        numbers = (await http.get(f"{ops}/metrics")).text
        assert 'egret_mongo_command_seconds_count{command="find"}' in numbers
        assert 'egret_responses_total{area="h5",status="3xx"} 1.0' in numbers
    assert server.stop() == 0
    lines = server.lines()
    assert all({"timestamp", "level", "logger", "event"} <= line.keys() for line in lines)
    routes = [line["route"] for line in lines if line["logger"] == "egret.access"]
    assert routes == ["other", "/h5/bind/{token}", "/wechat", "/graphql"]
    told = server.err.read_text("utf-8") + numbers
    for canary in (YING.id_number, YING.phone, YING.name, *server.secrets):
        assert canary not in told


async def test_a_worker_has_probes_and_its_rounds_are_counted(started: Any) -> None:
    worker = started("worker")
    await worker.ready(worker.ops)
    async with httpx.AsyncClient() as http:
        ops = f"http://127.0.0.1:{worker.ops}"
        assert (await http.get(f"{ops}/livez")).text == "ok"
        jobs = {"outbox", "deadlines", "audit seals", "messages left behind"}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while jobs and time.monotonic() < deadline:  # it may be ready before each had its first round
            numbers = (await http.get(f"{ops}/metrics")).text
            jobs = {job for job in jobs if f'egret_worker_round_timestamp_seconds{{job="{job}"}}' not in numbers}
            await asyncio.sleep(0.05)
    assert not jobs
    assert worker.stop() == 0
    assert all("timestamp" in line for line in worker.lines())


async def test_what_the_operator_registers_by_command_a_worker_tells(started: Any, tmp_path: Path) -> None:
    """In production mode: the address is within the city's own network, its certificate of the city's authority."""
    async with receiver(tmp_path) as inside:
        settings = {"webhook_networks": "127.0.0.0/8", "webhook_ca": str(inside.authority)}
        worker = started("worker", **settings)
        await worker.ready(worker.ops)
        added = await asyncio.to_thread(worker.run, "webhook", "add", "partner", "fz-library", inside.url)
        webhook_id, secret = added.split()[0].rstrip(":"), added.split()[1]
        key = await asyncio.to_thread(worker.run, "partner", "key", "fz-library")
        server = started("serve", **settings)
        await server.ready(server.port)
        body = {"query": TEST, "variables": {"id": global_id("Webhook", webhook_id)}}
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {key.split()[1]}"}) as http:
            answer = await http.post(f"http://127.0.0.1:{server.port}/graphql", json=body)
        assert answer.json()["data"]["testWebhook"]["event"]["state"] == "WAITING"
        await until(lambda: bool(inside.received))
        request = inside.received[0]
        assert is_genuine(secret, request.headers, request.body, time.time())


async def test_what_an_office_saved_is_imported_and_wechats_files_are_served_outside_the_demo(
    started: Any, tmp_path: Path
) -> None:
    verify = tmp_path / "verify"
    verify.mkdir()
    (verify / "MP_verify_0123456789.txt").write_text("0123456789", "utf-8")
    server = started("serve", wechat_verify_dir=str(verify))
    await server.ready(server.port)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
        assert (await http.get("/MP_verify_0123456789.txt")).text == "0123456789"
        lost = await http.get("/h5/no-such-page", headers={"accept": "text/html", "accept-language": "zh-CN"})
        assert (lost.status_code, "没有这个页面" in lost.text) == (404, True)
    one = wire(id="榕公罚〔2026〕12号")
    names = ("文号", "证件号码", "来源", "规则", "类别", "发生日期", "上报日期", "是否终局")
    cells = [str(value) for value in one.values()]
    saved = tmp_path / "records.csv"
    saved.write_text(",".join(names) + "\r\n" + ",".join(cells) + "\r\n", "gb18030", newline="")
    assert "GB18030" in server.run("import", str(saved), "--explain", "--language", "zh")
    assert "1 stored" in server.run("import", str(saved), "--language", "en")
    assert "1 unchanged" in server.run("import", str(saved), "--language", "en")


async def test_a_citizen_signs_in_at_a_provider_outside_the_demo(started: Any, tmp_path: Path) -> None:
    provider = citizens_provider(utc_now)
    provider.people["ying"].claims = VERIFIED
    async with listening_for(provider) as port:
        provider.issuer = f"http://localhost:{port}/city"
        server = started("serve", citizen_providers=str(file_of_one(tmp_path, provider.issuer)))
        await server.ready(server.port)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", follow_redirects=True) as http:
            asked = await http.get("/h5/privacy")
            assert (asked.url.path, "用i厦门登录" in asked.text) == ("/h5/sign-in", True)
            there = await http.get("/h5/oidc/ixiamen?back=/h5/privacy")
            back = await http.post(there.url, data={"username": "ying"})
            assert (back.url.path, "还没有绑定" in back.text) == ("/h5/privacy", True)
    assert server.stop() == 0
    told = server.err.read_text("utf-8")
    (code,) = re.findall(r"code=([\w-]+)", str(back.history[0].headers["location"]))
    for canary in (code, YING.name, YING.id_number, "sub-ying", *provider.access):
        assert canary not in told


async def test_a_port_that_is_taken_ends_it_with_a_sentence(started: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        worker = started("worker", ops_port=str(taken.getsockname()[1]))
        assert worker.process.wait(PATIENCE_SECONDS) == 1
    assert "already in use" in worker.err.read_text("utf-8").splitlines()[-1]
