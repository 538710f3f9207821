"""Who did what: written once, never changed, read by those who may."""
