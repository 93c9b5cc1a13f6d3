"""MongoDB: the only room that imports a driver.

`embedded` runs a real `mongod` on loopback, `store` opens the database on Motor or
PyMongo Async, `layout` holds collections and indexes.
"""

from server.mongo.layout import COLUMNS_INDEX, LAYOUT, STANDING_INDEX, layout_version, prepare
from server.mongo.listener import Commands
from server.mongo.store import (
    Collection,
    Document,
    DuplicateError,
    DuplicatesError,
    SealingError,
    Session,
    Store,
    StoreError,
    is_sealed,
    open_store,
)

__all__ = [
    "COLUMNS_INDEX",
    "LAYOUT",
    "STANDING_INDEX",
    "Collection",
    "Commands",
    "Document",
    "DuplicateError",
    "DuplicatesError",
    "SealingError",
    "Session",
    "Store",
    "StoreError",
    "is_sealed",
    "layout_version",
    "open_store",
    "prepare",
]
