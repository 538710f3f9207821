"""Who is asking: the actor behind a request, made from the session alone, never from what was sent."""

from django.http import HttpRequest

from tradepost.lib.actor import Actor
from tradepost.middleware import current_request_id
from tradepost.people import queries as people

FACE = "web"


def actor_of(request: HttpRequest) -> Actor:
    """The actor of this request: the person logged in with their roles of this moment, or a visitor."""
    request_id = current_request_id()
    if request.user.is_authenticated:
        return people.actor_for(request.user, face=FACE, request_id=request_id)
    return people.anonymous_actor(face=FACE, request_id=request_id)
