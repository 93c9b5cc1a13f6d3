"""MongoDB: the only room that imports a driver.

`embedded` runs a real `mongod` on loopback, `store` opens the database on Motor or
PyMongo Async, `layout` holds collections and indexes, `migrating` changes them while they are used.
"""

from server.platform.db.layout import (
    COLUMNS_INDEX,
    FINAL,
    STANDING_INDEX,
    Layout,
    LayoutError,
    Layouts,
    layout_state,
    prepare,
)
from server.platform.db.listener import Commands
from server.platform.db.store import (
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
from server.platform.db.versions import LAYOUT

__all__ = [
    "COLUMNS_INDEX",
    "FINAL",
    "LAYOUT",
    "STANDING_INDEX",
    "Collection",
    "Commands",
    "Document",
    "DuplicateError",
    "DuplicatesError",
    "Layout",
    "LayoutError",
    "Layouts",
    "SealingError",
    "Session",
    "Store",
    "StoreError",
    "is_sealed",
    "layout_state",
    "open_store",
    "prepare",
]
