"""The way in: idempotency keys, so that nothing happens twice, and jobs, so that nothing asked for is lost."""
