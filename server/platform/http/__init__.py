"""Bounds of the HTTP server itself."""
