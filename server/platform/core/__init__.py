"""What every use case stands on: one transaction with its audit link, outbox rows and idempotency row."""
