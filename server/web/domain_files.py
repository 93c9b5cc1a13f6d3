"""The files by which WeChat sees that a domain is ours: `MP_verify_….txt` and those of a mini-program, at the root.

They are read when they are asked for, so that one can be added while the server runs.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from server.web.session import container_of

_NAME = re.compile(r"[A-Za-z0-9_]{8,64}", re.ASCII)
"""What WeChat calls them; no other file of the folder is served."""
_LONGEST = 1024


async def domain_file(request: Request) -> Response:
    """One of them, as it is. Raises HTTPException (404)."""
    folder, name = container_of(request).settings.wechat_verify_dir, request.path_params["name"]
    content = None
    if folder is not None and _NAME.fullmatch(name):
        content = await asyncio.to_thread(_read, folder / f"{name}.txt")
    if content is None:
        raise HTTPException(404)
    return PlainTextResponse(content)


def _read(path: Path) -> bytes | None:
    """A short file of the folder itself; None for what is longer, elsewhere or not there."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LONGEST:
            return None
        return path.read_bytes()
    except OSError:
        return None
