"""Logs, metrics and traces, none of which holds anything of a person."""
