"""The changes that can be made. Each is one transaction; send `Idempotency-Key` to retry safely."""
