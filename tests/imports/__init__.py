"""Imports: files are read, checked, worked off; each row once."""
