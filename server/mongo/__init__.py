"""MongoDB: the only room that imports a driver.

`embedded` runs a real `mongod` on loopback, `store` opens the database on Motor or
PyMongo Async, `layout` holds collections and indexes.
"""

from server.mongo.layout import prepare
from server.mongo.store import Collection, Document, DuplicateError, DuplicatesError, Session, Store, open_store

__all__ = ["Collection", "Document", "DuplicateError", "DuplicatesError", "Session", "Store", "open_store", "prepare"]
