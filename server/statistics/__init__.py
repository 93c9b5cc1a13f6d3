"""Statistics: counts, never people."""
