"""Where events may go: https, and a public network or a named one, whatever a name says."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import httpx
import pytest

from server.platform.kit.egress import ForbiddenAddressError
from server.platform.kit.networks import is_allowed, networks_of
from server.platform.webhooks.addresses import NamedNetworks, transport_of, url_fault
from tests.support.receiver import receiver

LOOPBACK = networks_of("127.0.0.0/8")

FIT = ["https://hooks.example.org/egret", "https://hooks.example.org:8443/a?b=c", "https://[2001:db8::1]/"]
UNFIT = {
    "http://hooks.example.org/": "https",
    "http://localhost:9000/": "https",
    "ftp://hooks.example.org/": "https",
    "https://": "no address",
    "https://hooks.example.org:99999/": "no address",
    "https://hooks.example.org/ x": "no address",
    "https://例子.example/": "no address",
    "https://10.20.300.4/": "no address",
    "https://hooks..example.org/": "no address",
    f"https://{'x' * 64}.example.org/": "no address",
    "https://me:secret@hooks.example.org/": "user name",
    "https://hooks.example.org/#there": "user name",
    f"https://hooks.example.org/{'x' * 500}": "500 characters",
    "": "no address",
}


@pytest.mark.parametrize("url", FIT)
def test_an_https_address_is_fit(url: str) -> None:
    assert url_fault(url, demo=False) is None


@pytest.mark.parametrize("url", UNFIT)
def test_another_address_is_refused_in_a_sentence(url: str) -> None:
    assert UNFIT[url] in str(url_fault(url, demo=False))


def test_in_the_demo_this_machine_may_be_http() -> None:
    assert url_fault("http://127.0.0.1:9000/hook", demo=True) is None
    assert url_fault("http://hooks.example.org/", demo=True) is not None


INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - what nothing may be sent to
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
    "fec0::1",
    "::10.0.0.1",
    "::ffff:0:10.0.0.1",
    "::2",
    "4000::1",
    "e000::5",
    "3fff::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_within_a_network_is_allowed(address: str) -> None:
    assert not is_allowed(ipaddress.ip_address(address), ())


def test_public_addresses_and_named_networks_are_allowed() -> None:
    named = networks_of("10.20.0.0/16, fd00:1::/32")
    for address in ("93.184.215.14", "2606:2800:21f:cb07::1", "10.20.3.4", "fd00:1::5", "::ffff:10.20.3.4"):
        assert is_allowed(ipaddress.ip_address(address), named), address
    assert not is_allowed(ipaddress.ip_address("10.21.0.1"), named)


async def test_a_name_that_leads_inside_gets_no_connection(tmp_path: Path) -> None:
    async with (
        receiver(tmp_path) as inside,
        httpx.AsyncClient(transport=transport_of((), inside.authority)) as client,
    ):
        with pytest.raises(ForbiddenAddressError):
            await client.post(inside.url)
        assert inside.received == []


async def test_a_named_network_is_reached_and_its_certificate_checked_by_name(tmp_path: Path) -> None:
    async with (
        receiver(tmp_path) as inside,
        httpx.AsyncClient(transport=transport_of(LOOPBACK, inside.authority)) as client,
    ):
        assert (await client.post(inside.url, content=b"{}")).status_code == 204
        assert inside.received[0].headers["host"] == f"localhost:{inside.port}"


async def test_a_certificate_for_another_name_or_of_nobody_known_is_refused(tmp_path: Path) -> None:
    async with receiver(tmp_path, "hooks.example.org") as inside:
        for authority in (inside.authority, None):
            async with httpx.AsyncClient(transport=transport_of(LOOPBACK, authority)) as client:
                with pytest.raises(httpx.ConnectError, match="certificate"):
                    await client.post(inside.url, content=b"{}")
        assert inside.received == []


async def test_a_name_without_an_address_is_told_as_no_connection() -> None:
    async with httpx.AsyncClient(transport=NamedNetworks(httpx.AsyncHTTPTransport(), ())) as client:
        with pytest.raises(httpx.ConnectError, match="no address"):
            await client.post("https://nowhere.invalid/")


async def test_a_name_of_another_script_is_looked_up_as_it_was_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def look_up(host: str, *_more: object, **_named: object) -> list[object]:
        asked.append(host)
        raise OSError

    monkeypatch.setattr("server.platform.webhooks.addresses.socket.getaddrinfo", look_up)
    async with httpx.AsyncClient(transport=NamedNetworks(httpx.AsyncHTTPTransport(), ())) as client:
        with pytest.raises(httpx.ConnectError):
            await client.post("https://xn--strae-oqa.de/")
    assert asked == ["xn--strae-oqa.de"]


async def test_where_a_name_has_several_addresses_the_next_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiver(tmp_path) as inside:
        found = [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.9", "127.0.0.1")]
        monkeypatch.setattr("server.platform.webhooks.addresses.socket.getaddrinfo", lambda *_, **__: found)
        async with httpx.AsyncClient(transport=transport_of(LOOPBACK, inside.authority)) as client:
            assert (await client.post(inside.url, content=b"{}")).status_code == 204
