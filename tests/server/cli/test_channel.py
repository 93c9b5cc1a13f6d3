"""`egret menu` outside the demo: what the platform says reaches the operator as a sentence."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from server.cli.main import main
from server.settings import Settings, demo_secrets
from tests.faults.replica_set import free_port

Published = Callable[[str], int]


@pytest.fixture
def publish(mongodb_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    """Runs the command with a platform at an address; its exit code."""
    given = {name: value for name, value in demo_secrets(tmp_path).items() if name in Settings.model_fields}
    given |= {"mongodb_uri": mongodb_uri, "database": "channel", "scheme": "fuzhou-moli"}
    for name, value in given.items():
        monkeypatch.setenv(f"EGRET_{name.upper()}", value)

    def run(platform: str) -> int:
        monkeypatch.setenv("EGRET_WECHAT_API_BASE", platform)
        return main(["menu", "--publish"])

    return run


@contextmanager
def answering(errcode: int) -> Iterator[str]:
    """A platform that refuses every call with this code."""

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"errcode": errcode, "errmsg": "refused"}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.long
@pytest.mark.parametrize(
    ("errcode", "words"),
    [
        (40125, "the AppSecret is wrong; check EGRET_WECHAT_APP_SECRET"),
        (40013, "the AppID is wrong; check EGRET_WECHAT_APP_ID"),
        (40164, "this server's address is not on the account's IP allow-list"),
    ],
)
def test_what_the_platform_refuses_is_explained(
    publish: Published, errcode: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(errcode) as platform:
        assert publish(platform) == 1
    assert f"egret: WeChat refused it: WeChat errcode {errcode}: {words}" in capsys.readouterr().err


def test_a_platform_that_does_not_answer_is_named(publish: Published, capsys: pytest.CaptureFixture[str]) -> None:
    platform = f"http://127.0.0.1:{free_port()}"
    assert publish(platform) == 1
    assert f"egret: WeChat did not answer at {platform} (ConnectError); try again." in capsys.readouterr().err
