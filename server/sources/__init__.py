"""Reporting entities: who they are, and what they deliver, revoke, repair and answer."""
