"""Signing up, logging in and out, oneself, and what an administrator does with people and their roles."""

from datetime import datetime
from typing import Any

from django.contrib.auth import logout
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View
from tradepost.api.fields import DayField, IdField, MoneyField, StoreField
from tradepost.api.paging import Pages
from tradepost.api.pictures import TakesPicture, in_a_form, picture_field
from tradepost.books import queries as books
from tradepost.intake.services import Answer
from tradepost.lib import clock
from tradepost.lib.actor import PER_STORE, WHOLE_HOUSE
from tradepost.middleware import current_request_id
from tradepost.people import queries, services
from tradepost.people.queries import actor_for

ROLES = [*PER_STORE, *WHOLE_HOUSE]


class GrantOutput(Output):
    """A role; `store` is null for roles of the whole house."""

    role = serializers.CharField()
    store = serializers.IntegerField(source="store_id", allow_null=True)


class UserOutput(Output):
    """A user as administrators, auditors and the user see it."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    phone = serializers.CharField()
    is_active = serializers.BooleanField()
    date_joined = serializers.DateTimeField()
    vip = serializers.BooleanField(source="profile.vip", default=False)
    roles = GrantOutput(many=True, source="grants")


class PersonOutput(UserOutput):
    """A user with what stands in the profile."""

    bio = serializers.CharField(source="profile.bio", default="")
    country = serializers.CharField(source="profile.country.code", default="")
    address = serializers.CharField(source="profile.address", default="")
    birth_date = serializers.DateField(source="profile.birth_date", allow_null=True, default=None)
    picture = serializers.CharField(source="profile.picture_url", default="")
    thumbnail = serializers.CharField(source="profile.thumbnail_url", default="")
    keys_on = serializers.BooleanField(source="profile.keys_on", default=True)
    stock_mails = serializers.BooleanField(source="profile.stock_mails", default=True)


class MeOutput(PersonOutput):
    """Oneself, with the balance of the own wallet."""

    balance = serializers.SerializerMethodField()

    def get_balance(self, user: Any) -> str:
        """The balance as a decimal string."""
        return MoneyField().to_representation(books.balance_of(f"wallet:{user.pk}"))


class ProfileOutput(Output):
    """All that others may know of a person."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    picture = serializers.CharField()
    thumbnail = serializers.CharField()
    bio = serializers.CharField()


class TokenOutput(Output):
    """A login: the token is told once and stored nowhere."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    user = UserOutput()


class ProfileInput(base.Input):
    """What may be changed of a person. The username never changes."""

    first_name = serializers.CharField(required=False, allow_blank=True)
    last_name = serializers.CharField(required=False, allow_blank=True)
    email = serializers.CharField(required=False)
    phone = serializers.CharField(required=False, allow_blank=True)
    bio = serializers.CharField(required=False, allow_blank=True)
    country = serializers.CharField(required=False, allow_blank=True, help_text="Two letters, such as GB.")
    address = serializers.CharField(required=False, allow_blank=True)
    birth_date = DayField(required=False, allow_null=True)
    keys_on = serializers.BooleanField(required=False)
    stock_mails = serializers.BooleanField(required=False)
    picture = picture_field()


def password_field(**options: Any) -> serializers.CharField:
    """A password as it was typed, spaces included."""
    return serializers.CharField(trim_whitespace=False, style={"input_type": "password"}, **options)


def login_of(user: Any) -> dict[str, Any]:
    """A fresh token of somebody, as `TokenOutput` shows it. It is never kept under an idempotency key."""
    actor = actor_for(user, face="api", request_id=current_request_id())
    token, text = services.issue_token(user, actor=actor, at=clock.now())
    return {"token": text, "expires_at": token.expiry, "user": user}


class Door(View):
    """What is open to everybody, and therefore knocked at less often."""

    authentication_classes = []
    permission_classes = [AllowAny]
    is_door = True

    @property
    def knock(self) -> dict[str, Any]:
        """Who comes, when and where, as `log_in` wants to know it."""
        request_id = current_request_id()
        return {"request": self.request, "at": clock.now(), "face": "api", "request_id": request_id}

    def let_in(self, user: Any, status: int) -> Response:
        """Answer with a token."""
        return Response(self.shown(TokenOutput, login_of(user)), status, headers={"Cache-Control": "no-store"})


class Register(Door):
    """Signing up."""

    class Input(base.Input):
        """A customer to be. A role sent along is ignored: only an administrator grants."""

        username = serializers.CharField()
        email = serializers.CharField()
        password = password_field()
        password_confirm = password_field()
        first_name = serializers.CharField()
        last_name = serializers.CharField()
        phone = serializers.CharField(required=False, allow_blank=True)

    @extend_schema(request=Input, responses={201: TokenOutput})
    def post(self, request: Request) -> Response:
        """Sign up as a customer and be logged in. A repeated key answers with a new token of the same user."""
        given = self.given(self.Input)

        def register(at: datetime) -> Answer:
            return Answer(201, {"user": services.register(**given, actor=self.actor, at=at).pk})

        kept = self.change(register)
        user = queries.user(kept.data["user"])
        if "Idempotent-Replayed" in kept.headers:  # by now there may be another password, or a second factor
            services.log_in(user.username, given["password"], **self.knock)
        response = self.let_in(user, 201)
        for name, value in kept.headers.items():
            response.headers[name] = value
        return response


class Login(Door):
    """Logging in."""

    takes_key = False

    class Input(base.Input):
        """Username or e-mail address under any of three names, the password, and of who has a second factor a code."""

        username = serializers.CharField(required=False)
        login = serializers.CharField(required=False)
        email = serializers.CharField(required=False)
        password = password_field()
        otp = serializers.CharField(required=False, allow_blank=True, max_length=100)

        def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
            """One name there must be."""
            name = attrs.get("username") or attrs.get("login") or attrs.get("email")
            if not name:
                raise serializers.ValidationError({"username": ["This is needed: a username or an e-mail address."]})
            return {"login": name, "password": attrs["password"], "otp": attrs.get("otp", "")}

    @extend_schema(request=Input, responses=TokenOutput)
    def post(self, request: Request) -> Response:
        """Exchange name and password for a token. Never replayed: each success is a token of its own.

        Where a second factor is on, the answer without `otp` is 401 with the code `second_factor_needed`.
        """
        return self.let_in(services.log_in(**self.given(self.Input), **self.knock), 200)


class Logout(View):
    """Logging out."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End the token this request came with, or the browser's session."""
        bearer = request.auth
        if not isinstance(bearer, queries.Bearer):
            services.end_session(actor=self.actor, at=clock.now())
            logout(request)
            return Response(status=204)

        def end(at: datetime) -> Answer:
            services.log_out(bearer.token, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(end)


class KeepsProfiles(TakesPicture):
    """What changes profiles, with their pictures."""

    read_picture = staticmethod(services.read_picture)
    set_picture = staticmethod(services.set_picture)

    def change_profile(self, user_id: int, output: type[PersonOutput]) -> Response:
        """Change what is told of a person."""
        given = self.drawn(self.given(ProfileInput, partial=True))
        changes = {name: value for name, value in given.items() if name != "picture"}

        def change(at: datetime) -> Answer:
            user = services.change_profile(user_id, **changes, actor=self.actor, at=at)
            return Answer(200, self.shown(output, self.with_picture(user, given, at)))

        return self.change(change)


class Me(KeepsProfiles):
    """Oneself."""

    @extend_schema(responses=MeOutput)
    def get(self, request: Request) -> Response:
        """Read oneself: roles, profile, balance."""
        return Response(self.shown(MeOutput, queries.me(self.actor)))

    @extend_schema(request=in_a_form(ProfileInput), responses=MeOutput)
    def patch(self, request: Request) -> Response:
        """Change what one tells of oneself. Username, roles and VIP are not among it."""
        return self.change_profile(self.actor.user_id, MeOutput)


class Users(View):
    """The people of the house."""

    pagination_class = Pages

    class Filters(base.Filters):
        """`search` looks into usernames, names and e-mail addresses."""

        search = serializers.CharField(default="", allow_blank=True)
        role = serializers.ChoiceField(ROLES, required=False)
        store = StoreField(required=False, source="store_id")
        active = serializers.BooleanField(required=False)
        ordering = serializers.ChoiceField(["username", "-username", "date_joined", "-date_joined"], default="username")

    class Input(base.Input):
        """A user without any role. Without a password nobody can log in as them yet."""

        username = serializers.CharField()
        email = serializers.CharField(required=False, allow_blank=True)
        password = password_field(required=False)
        first_name = serializers.CharField(required=False, allow_blank=True)
        last_name = serializers.CharField(required=False, allow_blank=True)
        phone = serializers.CharField(required=False, allow_blank=True)

    @extend_schema(parameters=[Filters], responses=UserOutput(many=True))
    def get(self, request: Request) -> Response:
        """List users (administrators and auditors)."""
        filters = self.Filters.of(request)
        order = filters.pop("ordering")
        return self.listed(queries.users(self.actor, **filters).order_by(order, "id"), UserOutput)

    @extend_schema(request=Input, responses={201: PersonOutput})
    def post(self, request: Request) -> Response:
        """Add a user (administrators)."""
        given = self.given(self.Input)
        return self.change(
            lambda at: Answer(201, self.shown(PersonOutput, services.add_user(**given, actor=self.actor, at=at)))
        )


class OneUser(KeepsProfiles):
    """One user."""

    @extend_schema(responses=PersonOutput)
    def get(self, request: Request, user_id: int) -> Response:
        """Read a user (administrators and auditors)."""
        return Response(self.shown(PersonOutput, queries.person(user_id, self.actor)))

    @extend_schema(request=in_a_form(ProfileInput), responses=PersonOutput)
    def patch(self, request: Request, user_id: int) -> Response:
        """Change a user (administrators, or the user)."""
        return self.change_profile(user_id, PersonOutput)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, user_id: int) -> Response:
        """Forget a person who leaves (administrators, or the person): anonymised for ever, the books stay."""

        def forget(at: datetime) -> Answer:
            services.anonymise_user(user_id, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(forget)


class Activity(View):
    """Whether a person can act."""

    wanted = False

    @extend_schema(request=None, responses=PersonOutput)
    def post(self, request: Request, user_id: int) -> Response:
        """Shut a person out, or let the person in again (administrators)."""
        service = services.reactivate_user if self.wanted else services.deactivate_user
        return self.change(lambda at: Answer(200, self.shown(PersonOutput, service(user_id, actor=self.actor, at=at))))


class Vip(View):
    """Who is a VIP."""

    class Input(base.Input):
        """Yes or no."""

        vip = serializers.BooleanField()

    class Output(ProfileOutput):
        """The person, as those who work in a store may see it."""

        vip = serializers.BooleanField()

    @extend_schema(request=Input, responses=Output)
    def post(self, request: Request, user_id: int) -> Response:
        """Mark or unmark a person as VIP (whoever works in a store)."""
        given = self.given(self.Input)

        def mark(at: datetime) -> Answer:
            vip = services.set_vip(user_id, given["vip"], actor=self.actor, at=at).profile.vip
            shown = self.shown(ProfileOutput, queries.public_profile(user_id))
            return Answer(200, {**shown, "vip": vip})

        return self.change(mark)


class PublicProfile(View):
    """What others see of a person."""

    @extend_schema(responses=ProfileOutput)
    def get(self, request: Request, user_id: int) -> Response:
        """Name, picture and bio; never balance, e-mail or phone."""
        return Response(self.shown(ProfileOutput, queries.public_profile(user_id)))


class Grants(View):
    """The roles of a person."""

    class Input(base.Input):
        """Staff and manager hold in a store, admin and auditor in the whole house."""

        role = serializers.ChoiceField(ROLES)
        store = IdField(required=False, allow_null=True, source="store_id")

    @extend_schema(request=Input, responses={201: PersonOutput})
    def post(self, request: Request, user_id: int) -> Response:
        """Grant a role (administrators). Granting twice changes nothing."""
        given = self.given(self.Input)

        def grant(at: datetime) -> Answer:
            services.grant_role(user_id, **given, actor=self.actor, at=at)
            return Answer(201, self.shown(PersonOutput, queries.person(user_id, self.actor)))

        return self.change(grant)


class OneGrant(View):
    """A role of a person."""

    def revoke(self, user_id: int, role: str, store_id: int | None) -> Response:
        """Take it away."""

        def revoke(at: datetime) -> Answer:
            services.revoke_role(user_id, role, store_id, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(revoke)


class HouseGrant(OneGrant):
    """A role in the whole house."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, user_id: int, role: str) -> Response:
        """Take a role away (administrators), never the last administrator's."""
        return self.revoke(user_id, role, None)


class StoreGrant(OneGrant):
    """A role in a store."""

    @extend_schema(operation_id="users_store_grants_destroy", responses={204: None})
    def delete(self, request: Request, user_id: int, role: str, store_id: int) -> Response:
        """Take a role in a store away (administrators)."""
        return self.revoke(user_id, role, store_id)


urlpatterns = [
    path("register/", Register.as_view(), name="register"),
    path("login/", Login.as_view(), name="login"),
    path("logout/", Logout.as_view(), name="logout"),
    path("me/", Me.as_view(), name="me"),
    path("users/", Users.as_view(), name="users"),
    path("users/<id:user_id>/", OneUser.as_view(), name="user"),
    path("users/<id:user_id>/profile/", PublicProfile.as_view(), name="profile"),
    path("users/<id:user_id>/vip/", Vip.as_view(), name="vip"),
    path("users/<id:user_id>/deactivate/", Activity.as_view(), name="deactivate"),
    path("users/<id:user_id>/reactivate/", Activity.as_view(wanted=True), name="reactivate"),
    path("users/<id:user_id>/grants/", Grants.as_view(), name="grants"),
    path("users/<id:user_id>/grants/<slug:role>/", HouseGrant.as_view(), name="grant"),
    path("users/<id:user_id>/grants/<slug:role>/<id:store_id>/", StoreGrant.as_view(), name="store-grant"),
]
