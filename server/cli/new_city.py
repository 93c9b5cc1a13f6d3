"""A city to begin with: small, complete and made up, written into a folder."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scoring.scheme import FILES, Scheme, city_json_schema, load_scheme_folder, scheme_json_schema
from server.platform.kit.errors import OperatorError

_FIRST_CITY = Path(__file__).parent / "first_city"
_ID = 'id = "sample-city"'


class NewCityError(OperatorError):
    """The folder cannot be begun; the text says why and what to do."""


def new_folder(folder: Path, scheme_id: str) -> Scheme:
    """Write the first city under this id, with the JSON Schemas for an editor.

    Raises:
        NewCityError: the folder holds something already, or the id is none.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NewCityError(f"{folder} is there already and not empty; nothing was written. Give a new folder.")
    files = _files(scheme_id)
    with tempfile.TemporaryDirectory() as trial:
        _write(Path(trial), files)
        try:
            scheme = load_scheme_folder(Path(trial))
        except ValueError:
            raise NewCityError(
                f"{scheme_id!r} is no id of a scheme: begin with a small letter, go on with small letters, digits and "
                "hyphens, 40 at most. Give one with --name."
            ) from None
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, files)
    return scheme


def _files(scheme_id: str) -> Mapping[str, str]:
    files = {name: (_FIRST_CITY / name).read_text("utf-8") for name in FILES}
    files["scheme.toml"] = files["scheme.toml"].replace(_ID, f"id = {json.dumps(scheme_id)}", 1)
    schemas = {"scheme.schema.json": scheme_json_schema(), "city.schema.json": city_json_schema()}
    return files | {name: json.dumps(one, ensure_ascii=False, indent=1) + "\n" for name, one in schemas.items()}


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
