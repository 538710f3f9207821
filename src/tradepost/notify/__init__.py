"""Telling others what happened: signed webhooks to their programs, mails to managers."""
