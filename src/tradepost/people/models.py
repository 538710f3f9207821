"""Users, what others see of them, what they may do, and the tokens that speak for them.

A name is one name whatever its case, a role of a store names a store, and whoever has left is nobody: so says the
database.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django_countries.fields import CountryField
from knox.models import AbstractAuthToken

from tradepost.lib import pictures
from tradepost.lib.actor import ADMIN, AUDITOR, MANAGER, PER_STORE, STAFF, WHOLE_HOUSE
from tradepost.places.models import Store

SYSTEM, CONSOLE = "system", "console"
MACHINES = (SYSTEM, CONSOLE)
SHORT = 16
ROLES = {STAFF: "Staff", MANAGER: "Manager", ADMIN: "Administrator", AUDITOR: "Auditor"}


class UserManager(BaseUserManager["User"]):
    """Finds people by name; making them is a service's work."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user of this name, whatever its case."""
        return self.alias(key=Lower("username")).get(key=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can act. The username never changes, except to `left-<id>` when the person leaves."""

    username = models.CharField(max_length=150)
    email = models.EmailField(null=True, blank=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=16, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField()
    anonymised_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar = ["username"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["username"], name="people_user_username_exact"),
            models.UniqueConstraint(Lower("username"), name="people_user_username_unique"),
            models.UniqueConstraint(Lower("email"), name="people_user_email_unique"),
            models.CheckConstraint(condition=~Q(username=""), name="people_user_username_set"),
            # A login is tried as a name where it has no @ and as an address where it has one: never both.
            models.CheckConstraint(condition=~Q(username__contains="@"), name="people_user_username_no_address"),
            models.CheckConstraint(condition=Q(email=None) | Q(email__contains="@"), name="people_user_email_address"),
            models.CheckConstraint(
                condition=Q(anonymised_at=None)
                | Q(is_active=False, email=None, first_name="", last_name="", phone="", is_superuser=False),
                name="people_user_left_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def name(self) -> str:
        """What to call the person: both names, or the username of who gave none."""
        return f"{self.first_name} {self.last_name}".strip() or self.username

    def get_full_name(self) -> str:
        """The same, as Django's admin asks for it."""
        return self.name

    def get_short_name(self) -> str:
        """The first name, or the username of who gave none."""
        return self.first_name or self.username

    @property
    def is_machine(self) -> bool:
        """Whether this is `system` or `console`, which nobody logs in as."""
        return self.username in MACHINES


class Profile(pictures.Pictured, models.Model):
    """What a person tells of themselves. Others see picture and bio, nothing else.

    `picture` is the name of one that `lib.pictures` keeps.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    picture = models.CharField(max_length=60, blank=True)
    bio = models.TextField(max_length=2000, blank=True)
    country = CountryField(blank=True)
    address = models.TextField(max_length=500, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    vip = models.BooleanField(default=False)
    keys_on = models.BooleanField(default=True)
    stock_mails = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"profile of {self.user_id}"


class Grant(models.Model):
    """A role somebody holds: staff and manager in one store, administrator and auditor in the whole house."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=10, choices=ROLES)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    granted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["role", "store_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role", "store"], condition=Q(store__isnull=False), name="people_grant_once_a_store"
            ),
            models.UniqueConstraint(fields=["user", "role"], condition=Q(store=None), name="people_grant_once"),
            models.CheckConstraint(
                condition=Q(role__in=PER_STORE, store__isnull=False) | Q(role__in=WHOLE_HOUSE, store=None),
                name="people_grant_store_by_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.store_id or ''}".strip()


class Token(AbstractAuthToken, models.Model):  # type: ignore[misc]  # knox is untyped
    """A login of a program, kept as a hash.

    `rate` is its requests a minute (null: the house's), `branch` the one it is bound to.
    """

    objects: ClassVar[models.Manager["Token"]] = models.Manager()

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="auth_token_set")
    created = models.DateTimeField()
    expiry = models.DateTimeField()
    rate = models.PositiveIntegerField(null=True, blank=True)
    branch = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rate=None) | Q(rate__gt=0), name="people_token_rate_positive"),
            models.CheckConstraint(condition=Q(expiry__gt=models.F("created")), name="people_token_expires_later"),
        ]

    def __str__(self) -> str:
        return f"{self.token_key}…"

    @property
    def short(self) -> str:
        """What its owner calls it by: the beginning of its hash, which tells nothing of the token."""
        return str(self.digest)[:SHORT]


class SecondFactor(models.Model):
    """That a person needs a code besides the password, from `confirmed_at` on; until then it only waits for its proof.

    The secret is stored nowhere: it is what the installation's key makes of `salt`. `used_step` is the time step of the
    latest code that was taken, so that none works twice; `tries` counts wrong ones in a row, `tried_at` is the latest.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="second_factor")
    salt = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    used_step = models.BigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(salt=""), name="people_secondfactor_salt_set"),
            models.CheckConstraint(
                condition=Q(tries=0) | Q(tried_at__isnull=False), name="people_secondfactor_tries_have_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in for a lost app, once. Kept as a hash."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "digest"], name="people_recoverycode_once"),
        ]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class ResetMail(models.Model):
    """The latest mail with a link to a new password that a person was sent, and the job that sent it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="reset_mail")
    sent_at = models.DateTimeField()
    job_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"reset mail of {self.user_id}"
