"""Work in the background: the worker, retention, rescoring a city, and what a new scheme would change."""
