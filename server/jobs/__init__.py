"""Work that nobody waits for: the worker, retention, rescoring a city, and what a new scheme would change."""
