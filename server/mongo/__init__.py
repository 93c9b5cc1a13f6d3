"""MongoDB: the only room that imports a driver.

`embedded` runs a real `mongod` on loopback, `store` opens the database on Motor or
PyMongo Async, `layout` holds collections and indexes.
"""

from server.mongo.layout import COLUMNS_INDEX, STANDING_INDEX, prepare
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
    "STANDING_INDEX",
    "Collection",
    "Document",
    "DuplicateError",
    "DuplicatesError",
    "SealingError",
    "Session",
    "Store",
    "StoreError",
    "is_sealed",
    "open_store",
    "prepare",
]
