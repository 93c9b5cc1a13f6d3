"""Every container of compose and of Kubernetes has no rights, writes what is named alone, and takes its share."""

from __future__ import annotations

import re
from typing import Any

import pytest

from server.settings import Settings, require_usable
from tests.support.compose import SERVICES, secrets_of
from tests.support.kubernetes import ALL, load, of

OURS = [name for name, one in SERVICES.items() if one["user"] == "10001:10001" and "networks" in one]
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_HELPER = 500 * 2**20
"""What a helper that reads a picture or a PDF file has in memory at most."""
_UPLOADS = 512 * 2**20
"""What waits in the temporary folder at most."""


def size(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([A-Za-z]+)", text).groups()  # type: ignore[union-attr]
    return int(number) * _UNITS[unit]


def tmpfs(service: dict[str, Any]) -> dict[str, set[str]]:
    """The options of what is in memory, by path."""
    named = [mount.partition(":") for mount in service["tmpfs"]]
    return {path: set(options.split(",")) for path, _, options in named}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), "nobody is root"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    for right in ("privileged", "cap_add", "devices", "pid", "ipc", "userns_mode", "group_add", "build"):
        assert right not in service, right
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_a_share_and_no_more(name: str) -> None:
    service = SERVICES[name]
    assert size(service["mem_limit"]) == size(service["memswap_limit"]), "no swap beside it"
    assert 0 < service["cpus"] <= 4
    assert 64 <= service["pids_limit"] <= 1024
    for path, options in tmpfs(service).items():
        assert {"noexec", "nosuid", "nodev"} <= options, path
        (most,) = (option.removeprefix("size=") for option in options if option.startswith("size="))
        assert size(most) < size(service["mem_limit"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_writes_to_its_own_volume_alone(name: str) -> None:
    volumes = [volume.split(":") for volume in SERVICES[name].get("volumes", [])]
    written = [source for source, _target, *mode in volumes if mode != ["ro"]]
    own = {**{f"mongo{n}": [f"mongo{n}"] for n in (1, 2, 3)}, "proxy": ["caddy"], "backup": ["backup"]}
    assert written == own.get(name, [])


def test_servers_have_room_for_themselves_two_helpers_and_uploads() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert f"size={_UPLOADS // 2**20}m" in tmpfs(service)["/tmp"]  # noqa: S108 - the container's own
        assert size(service["mem_limit"]) >= 2**30 + 2 * _HELPER + _UPLOADS
        assert service["pids_limit"] >= 64


def test_the_database_caches_less_than_half_of_its_memory() -> None:
    for n in (1, 2, 3):
        service = SERVICES[f"mongo{n}"]
        (cache,) = (f.partition("=")[2] for f in service["command"] if f.startswith("--wiredTigerCacheSizeGB"))
        assert float(cache) * 2**30 < size(service["mem_limit"]) / 2


def test_servers_and_workers_know_the_password_of_no_other_account() -> None:
    for name in OURS:
        known = set(secrets_of(SERVICES[name]).values())
        database = {secret for secret in known if "mongo" in secret}
        assert database == {"mongo_ca", "backup_mongodb_uri" if name == "backup" else "egret_mongodb_uri"}, name
    holders = [name for name, one in SERVICES.items() if "mongo_root_password" in secrets_of(one)]
    assert holders == ["mongo-init"]
    assert secrets_of(SERVICES["proxy"]) == {}
    assert not any("PASSWORD" in key.upper() for one in SERVICES.values() for key in one.get("environment", {}))


def test_the_database_is_reached_by_tls_alone_and_asks_who_it_is() -> None:
    for n in (1, 2, 3):
        flags = SERVICES[f"mongo{n}"]["command"]
        assert "--tlsMode=requireTLS" in flags
        assert any(flag.startswith("--keyFile=") for flag in flags), "which switches accounts on"
        assert not [flag for flag in flags if "AllowInvalid" in flag]


def test_trusted_documents_alone_are_said_where_people_look() -> None:
    (settings,) = of("ConfigMap").values()
    for said in (settings["data"], *(SERVICES[name]["environment"] for name in OURS)):
        assert said["EGRET_TRUSTED_ONLY"] == "true"


@pytest.mark.parametrize("where", ["compose", "base", "city"])
def test_the_settings_that_are_written_down_start(where: str) -> None:
    """Those of the files, with strong secrets: an address in the clear in them would be refused."""
    from tests.support.settings import GOOD, made_up

    if where == "compose":
        domain = "credit.city.example"
        told = {k: str(v).replace("${EGRET_DOMAIN:?the domain that people and WeChat reach}", domain)
                for k, v in SERVICES["server1"]["environment"].items()}  # fmt: skip
        told["EGRET_SMS_URL"] = "https://sms.city.example"
    else:
        both = [one for folder in ("base", where) for one in load(folder) if one["kind"] == "ConfigMap"]
        told = {name: value for one in both for name, value in one["data"].items()}
    given = {name.removeprefix("EGRET_").lower(): value for name, value in told.items()}
    uri = f"mongodb://egret:{made_up('x', 40)}@mongo1,mongo2/egret?tls=true&tlsCAFile=/run/secrets/mongo_ca"
    settings = require_usable(Settings.model_validate({**GOOD, "host": "0.0.0.0", **given, "mongodb_uri": uri}))  # noqa: S104 - as in the image
    assert settings.only_trusted is True


# Kubernetes


def test_every_kind_of_container_is_looked_at() -> None:
    assert len(ALL) == 6


@pytest.mark.parametrize(("pod", "one"), ALL)
def test_a_pod_has_no_rights(pod: dict[str, Any], one: dict[str, Any]) -> None:
    outer, inner = pod["securityContext"], one["securityContext"]
    assert outer["runAsNonRoot"] is True
    assert outer["runAsUser"] == 10001
    assert outer["seccompProfile"] == {"type": "RuntimeDefault"}
    expected = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert inner == expected
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()


@pytest.mark.parametrize(("pod", "one"), ALL)
def test_a_pod_has_a_share_of_everything_and_no_more(pod: dict[str, Any], one: dict[str, Any]) -> None:
    assert set(one["resources"]["limits"]) == {"cpu", "memory", "ephemeral-storage"}
    assert set(one["resources"]["requests"]) == {"cpu", "memory", "ephemeral-storage"}
    for volume in pod["volumes"]:
        assert volume.keys() - {"name"} in ({"secret"}, {"emptyDir"})
        if "emptyDir" in volume:
            most = max(size(c["resources"]["limits"]["ephemeral-storage"]) for c in pod["containers"])
            assert size(volume["emptyDir"]["sizeLimit"]) < most, "and something for what is written to its output"


def test_pods_of_servers_and_workers_have_room_for_two_helpers_and_uploads() -> None:
    for name, deployment in of("Deployment").items():
        pod = deployment["spec"]["template"]["spec"]
        (one,) = pod["containers"]
        (temporary,) = (volume["emptyDir"] for volume in pod["volumes"] if "emptyDir" in volume)
        assert size(one["resources"]["limits"]["memory"]) >= 2**30 + 2 * _HELPER, name
        assert size(temporary["sizeLimit"]) >= _UPLOADS
