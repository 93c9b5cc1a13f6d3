"""Looks at a person's data: the log that the person reads, and the question why somebody looked."""
