"""What everyone may import: money, quantity, phone, clock, errors, actor, db. No models, no rules of trade."""
