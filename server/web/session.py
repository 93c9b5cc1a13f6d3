"""Sessions of the desk's and the citizens' pages: who is here, and the cookie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from bot.operations import documents, operations
from schema.types.principal import Caller, Principal
from server.api.client import run_operation
from server.auth.service import Audience, BadTokenError, UnconfirmedError
from server.container import Container
from server.platform.kit.addresses import address_of
from server.platform.kit.json import JsonObject


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request with a session."""

    request: Request
    principal: Principal


def container_of(request: Request) -> Container:
    """The container that the application runs on."""
    container: Container = request.app.state.container
    return container


async def operate(
    request: Request, principal: Principal, folder: Path, operation: str, variables: JsonObject, key: str | None = None
) -> JsonObject:
    """Run one of the pages' operations, of this folder, or one of the bot's. Raises Refused."""
    document = documents(folder).get(operation) or operations()[operation]
    caller = Caller(principal, key, address_of(request))
    return await run_operation(container_of(request), caller, operation, document, variables)


async def session_of(request: Request, cookie: str, audience: Audience) -> Principal | None:
    """Who a browser's cookie stands for; None where it is not good.

    Raises UnconfirmedError where it cannot be told now.
    """
    token = request.cookies.get(cookie)
    if token is None:
        return None
    try:
        return await container_of(request).sessions.principal_of(token, audience)
    except UnconfirmedError:
        raise
    except BadTokenError:
        return None


def set_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    path: str,
    same_site: Literal["lax", "strict"],
    seconds: int | None = None,
) -> None:
    """A cookie that no script can read; without `seconds` it goes with the browser."""
    secure = container_of(request).settings.base_url.startswith("https:")
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite=same_site, secure=secure, path=path)


def end_cookie(request: Request, response: Response, name: str, *, path: str) -> None:
    """The browser forgets a cookie."""
    set_cookie(request, response, name, "", path=path, same_site="lax", seconds=0)
