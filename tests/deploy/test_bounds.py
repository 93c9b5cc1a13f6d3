"""What stands before the servers bounds headers, addresses, bodies and their time as the servers do themselves."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.routing import Mount, Route

from schema.engine.limits import MAX_BODY
from server.api import uploads
from server.app import build_app
from server.disputes.evidence import MOST_BYTES
from server.platform.http import bodies, listener
from server.web import h5
from server.web.forms import UPLOAD_BYTES
from tests.faults.replica_set import free_port
from tests.support.kubernetes import of
from tests.support.paths import DEPLOY
from tests.support.world import World

CADDYFILE = (DEPLOY / "Caddyfile").read_text("utf-8")
FILES = UPLOAD_BYTES
HEADERS, ADDRESS = listener.MAX_HEAD, listener.MAX_URL
_NGINX = "nginx.ingress.kubernetes.io/"


def one(pattern: str) -> str:
    """What the Caddyfile says once."""
    (found,) = re.findall(pattern, CADDYFILE, re.MULTILINE)
    return str(found)


def test_the_proxy_bounds_what_the_servers_bound() -> None:
    assert one(r"^\s*max_header_size (\S+)$") == f"{HEADERS // 2**10}KiB"
    assert one(r"^\s*@long expression `(.+)`$") == f"{{http.request.uri}}.size() > {ADDRESS}"
    assert one(r"^\s*respond @long (\d+)$") == "414"
    assert one(r"request_body @others \{\s*max_size (\S+)") == f"{MAX_BODY // 2**10}KiB"
    assert one(r"request_body @files \{\s*max_size (\S+)") == f"{FILES // 2**20}MiB"
    assert {one(rf"^\s*{name} (\d+s)$") for name in ("read_header", "read_body", "idle")} == {"10s", "120s", "75s"}
    assert (listener.HEAD_SECONDS, bodies.BODY_SECONDS, bodies.UPLOAD_SECONDS) == (10, 30, 120)
    assert one(r"^\s*@files path (.+)$") == one(r"^\s*@others not path (.+)$")
    assert MOST_BYTES <= FILES, "nothing is refused that the server would take"


def ingresses() -> dict[str, dict[str, str]]:
    """By path, what is said of it, without the prefix."""
    return {
        path["path"]: {k.removeprefix(_NGINX): v for k, v in ingress["metadata"]["annotations"].items()}
        for ingress in of("Ingress").values()
        for path in ingress["spec"]["rules"][0]["http"]["paths"]
    }


def test_the_ingress_bounds_what_the_servers_bound() -> None:
    said = ingresses()
    for path, told in said.items():
        size, seconds = ("64k", "30") if path == "/" else (f"{FILES // 2**20}m", "120")
        assert told["proxy-body-size"] == size, path
        assert told["proxy-send-timeout"] == seconds
        assert told["proxy-request-buffering"] == "off", "else the server's clock begins when the body is there"
        assert int(told["proxy-read-timeout"]) > 20, "streams beat every 20 s"
    whole = yaml.safe_load((DEPLOY / "k8s" / "ingress-nginx.yaml").read_text("utf-8"))["data"]
    assert whole["large-client-header-buffers"] == f"{HEADERS // ADDRESS} {ADDRESS // 2**10}k"
    assert whole["client-header-timeout"] == "10"
    assert whole["client-body-timeout"] == "30"
    assert whole["keep-alive"] == "75"
    assert all(isinstance(value, str) for value in whole.values()), "a ConfigMap holds texts"


def test_both_name_the_same_paths_for_files_and_those_are_the_servers() -> None:
    told = {path.removesuffix("/*") for path in one(r"^\s*@files path (.+)$").split()}
    assert told == ingresses().keys() - {"/"}
    large = {f"/h5{r.path}" for r in h5.ROUTES if isinstance(r, Route) and _most(r) > MAX_BODY}
    large |= {f"/uploads{r.path}" for r in uploads.ROUTES if _most(r) > MAX_BODY}
    assert len(large) == 6
    assert {re.sub(r"(/new)?/\{.*", "", path) for path in large} == told


def _most(route: Route) -> int:
    """How large a body a route takes; 0 where it takes none of its own."""
    bounded = route.app if isinstance(route.app, RequestBodyLimitMiddleware) else None
    return 0 if bounded is None else bounded.max_body_size


def test_no_other_route_takes_more_than_the_proxy_lets_through(world: World) -> None:
    routes = [route for route in build_app(world.container).routes if getattr(route, "path", "") != "/simulator"]
    inner = [(m.path, r) for m in routes if isinstance(m, Mount) for r in m.routes or () if isinstance(r, Route)]
    inner += [("", route) for route in routes if isinstance(route, Route)]
    assert len(inner) > 20
    files = ingresses().keys() - {"/"}
    for prefix, route in inner:
        path = prefix + route.path
        if not path.startswith(tuple(files)):
            assert _most(route) <= MAX_BODY, path


# The real proxy, where there is one


class _Behind(http.server.BaseHTTPRequestHandler):
    """Reads what comes, and says how much; where less comes than was said, it goes away."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        said = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(said)
        if len(body) < said:
            self.close_connection = True
            return
        told = json.dumps({"path": self.path, "bytes": len(body)}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = _answer  # noqa: N815 - their names are the library's

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of Caddy with our Caddyfile, before something that answers; without TLS and with one server."""
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("Needs caddy.")
    behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Behind)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    folder, port = tmp_path_factory.mktemp("caddy"), free_port()
    text = CADDYFILE.replace("server1:8000 server2:8000", f"127.0.0.1:{behind.server_address[1]}")
    (folder / "Caddyfile").write_text(text, "utf-8")
    environment = {**os.environ, "EGRET_DOMAIN": f"http://127.0.0.1:{port}", "HOME": str(folder)}
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_it_answers(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)
        behind.shutdown()
        behind.server_close()


def _until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError("caddy does not listen")


def asked(port: int, method: str, path: str, **options: Any) -> int:
    with httpx.Client(trust_env=False, timeout=30) as client:
        return client.request(method, f"http://127.0.0.1:{port}{path}", **options).status_code


def test_caddy_holds_the_bounds(proxy: int) -> None:
    assert asked(proxy, "GET", "/h5") == 200
    assert asked(proxy, "GET", "/metrics") == 404
    assert asked(proxy, "GET", "/h5?x=" + "x" * (ADDRESS - 20)) == 200
    assert asked(proxy, "GET", "/h5?x=" + "x" * ADDRESS) == 414
    assert asked(proxy, "GET", "/h5", headers={"x-long": "x" * (HEADERS + 8192)}) == 431
    for path in ("/graphql", "/wechat", "/h5/bind"):
        assert asked(proxy, "POST", path, content=b"x" * MAX_BODY) == 200
        assert asked(proxy, "POST", path, content=b"x" * (MAX_BODY + 1)) in (413, 502), path
    for path in ("/uploads/x", "/h5/records/x", "/h5/disputes/x/y", "/h5/evidence-form/x"):
        assert asked(proxy, "POST", path, content=b"x" * (MAX_BODY + 1)) == 200, path
    assert asked(proxy, "POST", "/uploads/x", content=b"x" * (FILES + 1)) in (413, 502)


def test_caddy_does_not_wait_for_headers(proxy: int) -> None:
    with socket.create_connection(("127.0.0.1", proxy), timeout=30) as slow:
        began = time.monotonic()
        slow.sendall(b"GET /h5 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        slow.recv(100)
        assert time.monotonic() - began < 15
