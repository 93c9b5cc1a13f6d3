"""The file of providers: every fault of it is named with what to set, and quotes no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.settings import BadSettingsError, Settings, require_usable
from server.settings.citizen_providers import VerifiedClaims
from tests.support.settings import faults_of, strong
from tests.support.sign_in import APP, HOSTS, providers_file


def changed(folder: Path, old: str, new: str) -> tuple[str, ...]:
    """What the file is refused for, with the first `old` in it replaced."""
    path = providers_file(folder)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return faults_of(citizen_providers=str(path))


def test_a_good_file_gives_every_provider(tmp_path: Path) -> None:
    settings = strong(citizen_providers=str(providers_file(tmp_path)), public_url="https://credit.city.example")
    first, second = require_usable(settings).providers()
    assert (first.code, second.code) == tuple(HOSTS)
    assert first.redirect_uri == "https://credit.city.example/h5/oidc/ixiamen/callback"
    assert first.redirect_uri != second.redirect_uri
    assert first.app_redirect_uris == (APP,)
    assert {f"https://{host}/city" for host in HOSTS.values()} <= set(settings.asked_addresses)
    assert first.client_secret in settings.secret_values()
    assert first.client_secret not in repr(first)


def test_without_a_file_there_is_no_provider() -> None:
    assert require_usable(strong()).providers() == ()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            'code = "ixiamen"',
            "",
            "Set code of provider 1 in EGRET_CITIZEN_PROVIDERS: it is missing. It is a short",
        ),
        ('code = "ixiamen"', 'code = "i Xiamen"', "Set code of provider 1 in EGRET_CITIZEN_PROVIDERS: it is not as it"),
        ('code = "ixiamen"', 'code = "efuzhou"', "Set another code for all but one provider"),
        ('zh = "i厦门", ', "", "Set label.zh of provider 1"),
        ("https://login", "http://login", "Set issuer of ixiamen in EGRET_CITIZEN_PROVIDERS: it is no https address"),
        ('/city"', '/city?a=b"', "Set issuer of ixiamen"),
        ('client_id = "egret-ixiamen"', "", "Set client_id of provider 1"),
        ("ixiamen.secret", "nowhere.secret", "Set client_secret_file of ixiamen in EGRET_CITIZEN_PROVIDERS: it cannot"),
        ("app_redirect_uris", "app_redirects", "Take app_redirects out of provider 1"),
        (f'["{APP}"]', '["egret:/back"]', "Set app_redirect_uris of ixiamen"),
        (f'["{APP}"]', '["http://app.example/back"]', "Set app_redirect_uris of ixiamen"),
        (f'["{APP}"]', '["https://app.example/back#top"]', "Set app_redirect_uris of ixiamen"),
        (f'["{APP}"]', '["javascript:alert(1)"]', "Set app_redirect_uris of ixiamen"),
        (f'["{APP}"]', f'["{APP}"]\nscope = "profile"', "Set scope of ixiamen"),
        (f'["{APP}"]', f'["{APP}"]\norigins = ["http://keys.example"]', "Set origins of ixiamen"),
        (', assurance = "level"', "", "Set verified.assurance of provider 1"),
        ('values = ["L2", "L3"]', "values = []", "Set verified.values of provider 1"),
        ("[[provider]]", "[[providers]]", "Take providers out of EGRET_CITIZEN_PROVIDERS: nothing reads it."),
        ('code = "ixiamen"', "code = ", "Set EGRET_CITIZEN_PROVIDERS to a TOML file"),
    ],
)
def test_each_fault_says_what_to_set(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert any(complaint in fault for fault in changed(tmp_path, old, new)), changed(tmp_path, old, new)


@pytest.mark.parametrize(("secret", "fault"), [("", "missing"), ("password12345678", "too weak")])
def test_a_weak_secret_is_refused_and_never_quoted(tmp_path: Path, secret: str, fault: str) -> None:
    path = providers_file(tmp_path)
    (tmp_path / "efuzhou.secret").write_text(secret, "utf-8")
    (found,) = faults_of(citizen_providers=str(path))
    assert f"Set the secret in client_secret_file of efuzhou in EGRET_CITIZEN_PROVIDERS: it is {fault}." in found
    assert "password12345678" not in found


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    path = providers_file(tmp_path)
    path.write_text(path.read_text("utf-8").replace("https://", "http://"), "utf-8")
    (tmp_path / "efuzhou.secret").unlink()
    faults = faults_of(citizen_providers=str(path), public_url="http://credit.city.example")
    assert len(faults) == 3
    assert any("EGRET_PUBLIC_URL" in fault for fault in faults)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (fault,) = faults_of(citizen_providers=str(tmp_path / "none.toml"))
    assert fault.startswith("Set EGRET_CITIZEN_PROVIDERS to a file that can be read:")
    with pytest.raises(BadSettingsError):
        Settings(citizen_providers=tmp_path / "none.toml").providers()


def test_this_machine_itself_may_be_reached_in_the_clear(tmp_path: Path) -> None:
    path = providers_file(tmp_path)
    path.write_text(path.read_text("utf-8").replace("https://login.ixiamen.example", "http://127.0.0.1:9000"), "utf-8")
    assert faults_of(citizen_providers=str(path)) == ()


@pytest.mark.parametrize(
    ("value", "said", "counts"),
    [
        (True, True, True),
        (True, 1, False),
        (True, "true", False),
        (2, 2, True),
        (2, 2.0, False),
        ("L3", ["L1", "L3"], True),
    ],
)
def test_an_assurance_counts_only_as_it_is_written(value: object, said: object, counts: bool) -> None:
    verified = VerifiedClaims("person.name", "person.number", "level", (value,))
    claims = {"person": {"name": "陈小萤", "number": "350102"}, "level": said}
    assert verified.of(claims) == (("陈小萤", "350102") if counts else None)


def test_a_public_client_has_no_secret(tmp_path: Path) -> None:
    path = providers_file(tmp_path)
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("client_secret_file")]
    path.write_text("\n".join(lines), "utf-8")
    providers = require_usable(strong(citizen_providers=str(path))).providers()
    assert [one.client_secret for one in providers] == ["", ""]
