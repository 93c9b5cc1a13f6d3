"""The public credit platform: records as sources deliver them.

`deliver` stores, `service` shows a citizen's own, `importer` reads files.
"""
