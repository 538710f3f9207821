"""Money in and out: one's own wallet, and the decisions about what others asked for."""
