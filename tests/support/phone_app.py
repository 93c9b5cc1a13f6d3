"""The city's own app: it signs a citizen in at a provider by itself, and asks the guides' documents."""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

import server.web
from tests.support.mini_program import FrontEnd

_SNIPPETS = Path(server.web.__file__).parent / "developers" / "snippets" / "citizen"


def _document(name: str) -> str:
    return (_SNIPPETS / f"{name}.graphql").read_text("utf-8")


class PhoneApp(FrontEnd):
    """An app on the phone of one citizen."""

    def sign_in(self, username: str) -> None:
        """Begin a session by the first provider, where the citizen is known by this name."""
        provider = self.ask(_document("providers"))["signInProviders"]["edges"][0]["node"]
        verifier, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": provider["clientId"],
            "redirect_uri": provider["redirectUris"][0],
            "scope": provider["scope"],
            "state": secrets.token_urlsafe(16),
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        login = provider["authorizationEndpoint"]
        back = httpx.post(login, params=asked, data={"username": username}, trust_env=False).headers["location"]
        returned = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        assert returned["state"] == asked["state"]
        given = {
            "provider": provider["code"],
            "code": returned["code"],
            "codeVerifier": verifier,
            "redirectUri": asked["redirect_uri"],
            "nonce": nonce,
            "issuer": returned["iss"],
        }
        answer = self.ask(_document("sign-in-provider"), input=given)["logInWithProvider"]
        self.token = answer["session"]["token"]

    def verified_name(self) -> str:
        """Whom the provider has verified, masked."""
        name: str = self.ask(_document("verified"))["viewer"]["verifiedIdentity"]["maskedName"]
        return name
