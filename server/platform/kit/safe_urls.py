"""Which addresses in the settings are safe: encrypted, or on this machine itself; and without a password in them."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qsl, unquote, urlsplit

from server.platform.kit.strength import is_weak

NO_PUBLIC_URL = (
    "Set EGRET_PUBLIC_URL to an https address: people, WeChat and sign-in are sent there. Only on this machine itself "
    "may it be http."
)
_UNCHECKED = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames")
_ON = ("tls", "ssl")


def is_safe(url: str) -> bool:
    """Whether requests there cannot be read or changed on the way: https, or this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def public_fault(url: str) -> str | None:
    """What is wrong with the address that people come to; None where it is safe."""
    return fault_of("PUBLIC_URL", url) if _has_account(url) else None if is_safe(url) else NO_PUBLIC_URL


def _has_account(url: str) -> bool:
    return "@" in url.partition("://")[2].partition("/")[0]


def fault_of(name: str, url: str) -> str | None:
    """What is wrong with the address of a setting; None where it is safe."""
    if is_safe(url):
        return None
    if _has_account(url):
        return f"Set EGRET_{name} without a user name or password in it: addresses are logged and shown."
    return f"Set EGRET_{name} to an https address: what is sent there must not be read on the way."


def mongodb_fault(uri: str, *, plaintext: bool) -> str | None:
    """What is wrong with the address of the database; None where it is safe."""
    scheme, _, rest = uri.partition("://")
    before, _, query = rest.partition("?")
    user, _, hosts = before.rpartition("/")[0].rpartition("@") if "/" in before else before.rpartition("@")
    if all(_is_local(host) for host in hosts.split(",")):
        return None
    options = [(name.lower(), value.lower()) for name, value in parse_qsl(query)]
    if not plaintext and not _is_encrypted(scheme, options):
        return (
            "Set EGRET_MONGODB_URI with `tls=true`, and `tlsCAFile=` where the certificates are of your own authority, "
            "and nothing that leaves them unchecked; or set EGRET_MONGODB_PLAINTEXT=true where the network itself is "
            "encrypted."
        )
    if ":" in user and is_weak(unquote(user.partition(":")[2])):
        return "Set EGRET_MONGODB_URI with a stronger password: it is too weak."
    return None


def _is_encrypted(scheme: str, options: list[tuple[str, str]]) -> bool:
    """Whether the driver would use TLS, and check whom it speaks to."""
    if any(name in _UNCHECKED and value != "false" for name, value in options):
        return False
    said = [value for name, value in options if name in _ON]
    return all(value == "true" for value in said) and (bool(said) or scheme == "mongodb+srv")


def _is_local(host: str) -> bool:
    """Whether a member of the list of hosts is on this machine: a loopback address, or a socket's path."""
    if unquote(host).startswith("/"):
        return True
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return is_loopback(name)
