"""Made-up stores, products and movements in any number, the same for the same seed."""
