"""Money in and out: asked for, then decided once, by another."""
