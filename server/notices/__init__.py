"""Notices: what a person is told, by whatever way is open, once."""
