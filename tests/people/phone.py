"""Somebody's telephone: an app that shows a code every thirty seconds."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from pyotp import TOTP

from tests import make
from tradepost.people import services
from tradepost.people.models import User

STEP = timedelta(seconds=30)


def request(address: str = "192.0.2.1") -> HttpRequest:
    """Somebody at this address."""
    made = RequestFactory().post("/api/login/", REMOTE_ADDR=address)
    made.session = SessionStore()
    return made


class Phone:
    """An app that was told a secret."""

    def __init__(self, secret: str) -> None:
        self.totp = TOTP(secret)

    def code(self, at: datetime) -> str:
        """What it shows at this moment."""
        return self.totp.at(at)


def by_whom(user: User, at: datetime = make.AT, address: str = "192.0.2.1") -> dict[str, Any]:
    """The person at work, at this moment and address."""
    return {"request": request(address), "actor": make.actor(user), "at": at}


def enrolled(user: User, at: datetime = make.AT) -> tuple[Phone, list[str]]:
    """The telephone and the recovery codes of somebody who has just switched a second factor on."""
    phone = Phone(services.enrol_second_factor(make.PASSWORD, **by_whom(user, at)).secret)
    return phone, services.confirm_second_factor(phone.code(at), **by_whom(user, at))
