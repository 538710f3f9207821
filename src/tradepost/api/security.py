"""One's own logins: the password, tokens, a second factor; and a password that was forgotten.

What is told only once, such as a token or recovery codes, is kept under no idempotency key: only its hash is stored.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View
from tradepost.api.paging import Pages
from tradepost.api.people import Door, TokenOutput, login_of, password_field
from tradepost.intake.services import Answer
from tradepost.lib import clock
from tradepost.people import queries, services

UNSTORED = {"Cache-Control": "no-store"}


def code_field(**options: Any) -> serializers.CharField:
    """A code of the app, or a recovery code."""
    return serializers.CharField(max_length=100, help_text="The app's code, or a recovery code.", **options)


class OwnTokenOutput(Output):
    """A token of one's own: never its text, which is stored nowhere."""

    id = serializers.CharField(source="short")
    created_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry")
    rate = serializers.IntegerField(allow_null=True)
    branch = serializers.IntegerField(allow_null=True)
    is_this = serializers.SerializerMethodField()

    def get_is_this(self, token: Any) -> bool:
        """Whether this request came with it."""
        return bool(token.pk == self.context["bearer"])


class SecondFactorOutput(Output):
    """How it stands with a second factor."""

    is_on = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()


class EnrolmentOutput(Output):
    """What an app is told: by hand, or as a picture of `uri`. Told this once."""

    secret = serializers.CharField()
    uri = serializers.CharField()


class CodesOutput(Output):
    """Ten codes that work once each, told this once."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


class ToldOnce(View):
    """What is answered once: under a key the answer would have to be kept."""

    takes_key = False


class BothInput(base.Input):
    """The password again, and a code."""

    password = password_field()
    otp = code_field()


class ResetPassword(Door):
    """A password that was forgotten."""

    class Input(base.Input):
        """The address of whoever forgot it."""

        email = serializers.CharField(max_length=254)

    @extend_schema(request=Input, responses={202: None})
    def post(self, request: Request) -> Response:
        """Have a link to a new password mailed. The answer is the same whether anybody has the address or not."""
        given, origin = self.given(self.Input), request.build_absolute_uri("/")

        def ask(at: datetime) -> Answer:
            services.ask_for_new_password(given["email"], origin=origin, actor=self.actor, at=at)
            return Answer(202, None)

        return self.change(ask)


class ConfirmReset(Door):
    """The link that was mailed."""

    class Input(base.Input):
        """The last two parts of the link's address, and the new password."""

        uid = serializers.CharField(max_length=100)
        token = serializers.CharField(max_length=200)
        password = password_field()
        password_confirm = password_field(required=False)

    @extend_schema(request=Input, responses={204: None})
    def post(self, request: Request) -> Response:
        """Set the password. The link works once; all logins end, and nobody is logged in by this."""
        given = self.given(self.Input)

        def reset(at: datetime) -> Answer:
            services.reset_password(**given, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(reset)


class MyPassword(ToldOnce):
    """One's own password."""

    class Input(base.Input):
        """The password of now, and the new one."""

        current = password_field()
        password = password_field()
        password_confirm = password_field(required=False)

    @extend_schema(request=Input, responses=TokenOutput)
    def post(self, request: Request) -> Response:
        """Set another password. All tokens end, the one of this request too: the answer brings a new one."""
        given = self.given(self.Input)
        user = services.change_password(**given, request=request, actor=self.actor, at=clock.now())
        if not isinstance(request.auth, queries.Bearer):
            update_session_auth_hash(request, user)  # the browser that asked stays logged in
        return Response(self.shown(TokenOutput, login_of(user)), headers=UNSTORED)


class MyTokens(View):
    """One's own tokens."""

    pagination_class = Pages

    class Filters(base.Filters):
        """None."""

    @extend_schema(responses=OwnTokenOutput(many=True))
    def get(self, request: Request) -> Response:
        """List one's own tokens that still hold, the newest first."""
        self.Filters.of(request)
        bearer = request.auth.token.pk if isinstance(request.auth, queries.Bearer) else ""
        return self.listed(queries.own_tokens(self.actor, at=clock.now()), OwnTokenOutput, bearer=bearer)


class OneToken(View):
    """A token of one's own."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, short: str) -> Response:
        """End a token."""

        def revoke(at: datetime) -> Answer:
            services.revoke_token(queries.own_token(short, self.actor), actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(revoke)


class MySecondFactor(ToldOnce):
    """One's own second factor."""

    class Input(base.Input):
        """The password again."""

        password = password_field()

    @extend_schema(responses=SecondFactorOutput)
    def get(self, request: Request) -> Response:
        """Read whether a second factor is on."""
        return Response(self.shown(SecondFactorOutput, queries.second_factor(self.actor.user_id, self.actor)))

    @extend_schema(request=Input, responses={201: EnrolmentOutput})
    def post(self, request: Request) -> Response:
        """Begin a second factor: what an app is to be told. It is on once a code of the app confirmed it."""
        given = self.given(self.Input)
        begun = services.enrol_second_factor(**given, request=request, actor=self.actor, at=clock.now())
        return Response(self.shown(EnrolmentOutput, begun), 201, headers=UNSTORED)


class Confirmation(ToldOnce):
    """The proof that the app knows the secret."""

    class Input(base.Input):
        """A code of the app."""

        otp = code_field()

    @extend_schema(request=Input, responses=CodesOutput)
    def post(self, request: Request) -> Response:
        """Switch the second factor on by a code of the app; the answer brings ten recovery codes."""
        given = self.given(self.Input)
        codes = services.confirm_second_factor(**given, request=request, actor=self.actor, at=clock.now())
        return Response(self.shown(CodesOutput, {"recovery_codes": codes}), headers=UNSTORED)


class RecoveryCodes(ToldOnce):
    """Codes that stand in for a lost app."""

    @extend_schema(request=BothInput, responses=CodesOutput)
    def post(self, request: Request) -> Response:
        """Draw ten new recovery codes; those of before work no longer."""
        given = self.given(BothInput)
        codes = services.draw_recovery_codes(**given, request=request, actor=self.actor, at=clock.now())
        return Response(self.shown(CodesOutput, {"recovery_codes": codes}), headers=UNSTORED)


class Removal(ToldOnce):
    """Doing without a second factor."""

    @extend_schema(request=BothInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Switch the second factor off."""
        given = self.given(BothInput)
        services.remove_second_factor(**given, request=request, actor=self.actor, at=clock.now())
        return Response(status=204)


class TheirSecondFactor(View):
    """Another's second factor."""

    @extend_schema(responses=SecondFactorOutput)
    def get(self, request: Request, user_id: int) -> Response:
        """Read whether somebody has a second factor (administrators and auditors)."""
        return Response(self.shown(SecondFactorOutput, queries.second_factor(user_id, self.actor)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, user_id: int) -> Response:
        """Take away somebody's second factor that was lost (administrators)."""

        def take_away(at: datetime) -> Answer:
            services.take_second_factor_away(user_id, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(take_away)


urlpatterns = [
    path("password-reset/", ResetPassword.as_view(), name="password-reset"),
    path("password-reset/confirm/", ConfirmReset.as_view(), name="password-reset-confirm"),
    path("me/password/", MyPassword.as_view(), name="my-password"),
    path("me/tokens/", MyTokens.as_view(), name="my-tokens"),
    path("me/tokens/<str:short>/", OneToken.as_view(), name="my-token"),
    path("me/second-factor/", MySecondFactor.as_view(), name="my-second-factor"),
    path("me/second-factor/confirm/", Confirmation.as_view(), name="my-second-factor-confirm"),
    path("me/second-factor/recovery-codes/", RecoveryCodes.as_view(), name="my-recovery-codes"),
    path("me/second-factor/remove/", Removal.as_view(), name="my-second-factor-remove"),
    path("users/<id:user_id>/second-factor/", TheirSecondFactor.as_view(), name="second-factor"),
]
