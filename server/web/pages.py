"""Server-rendered pages: Jinja2, escaped by default, missing values are errors."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from schema.types.errors import Refused
from server.platform.kit.templates import environment
from server.web.assets import STATIC, asset

_TEMPLATES = environment(Path(__file__).parent / "templates")
_TEMPLATES.globals["asset"] = asset


def render(template: str, **values: object) -> str:
    """A page that stands alone, with the style sheet inside it."""
    css = Markup(static_text("egret.css"))  # noqa: S704 - our own file
    return _TEMPLATES.get_template(template).render(css=css, **values)


def render_with(template: str, **values: object) -> str:
    """A template that gets its own style."""
    return _TEMPLATES.get_template(template).render(**values)


def static_text(name: str) -> str:
    """One of our own static files."""
    return (STATIC / name).read_text("utf-8")


def language_of_browser(request: Request) -> str:
    """The language that an address asks for, else the browser's own: English, or Chinese for everybody else."""
    asked = request.query_params.get("lang")
    if asked in ("zh", "en"):
        return asked
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"


def same_origin(request: Request) -> bool:
    """Browsers say where a form came from; another site's form is refused. Where they do not, its token has to do."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def says_same_origin(request: Request) -> bool | None:
    """As `same_origin`; None where the browser does not say."""
    return same_origin(request) if "sec-fetch-site" in request.headers else None


def too_much(over: Refused) -> Response:
    """The answer to a caller over the budget of a minute, where it is no page that they see."""
    return PlainTextResponse(over.sentence("zh") + "\n" + over.sentence("en") + "\n", 429, _later(over))


def _later(over: Refused) -> dict[str, str]:
    return {"retry-after": str(over.retry_after), "cache-control": "no-store"}


def page(request: Request, template: str, status: int = 200, **values: object) -> Response:
    """A page from a template."""
    html = _TEMPLATES.get_template(template).render(request=request, **values)
    return HTMLResponse(html, status, headers={"cache-control": "no-store"})
