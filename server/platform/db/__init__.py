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
    Collections,
    DatabaseTransaction,
    Document,
    DuplicateError,
    DuplicatesError,
    OutsideCollection,
    SealingError,
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
    "Collections",
    "Commands",
    "DatabaseTransaction",
    "Document",
    "DuplicateError",
    "DuplicatesError",
    "Layout",
    "LayoutError",
    "Layouts",
    "OutsideCollection",
    "SealingError",
    "Store",
    "StoreError",
    "is_sealed",
    "layout_state",
    "open_store",
    "prepare",
]
