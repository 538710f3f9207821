"""Webhooks and mails about what happened."""
