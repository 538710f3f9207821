"""People, roles, logins."""
