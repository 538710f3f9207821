"""The way in: once for every key, and jobs that are not lost."""
