"""People and machines: who they are, which roles they hold, how they prove it."""
