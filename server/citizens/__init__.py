"""People: one document each, their accounts on a channel, consents, and the log of who looked."""
