"""Jobs: work that was asked for and is done by a worker. One sees the own ones; auditors and administrators see all."""

from typing import Any

from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View
from tradepost.api.paging import Cursors
from tradepost.intake import queries


class JobOutput(Output):
    """A job: waiting, working, done or failed."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    task = serializers.CharField()
    state = serializers.SerializerMethodField()
    progress = serializers.IntegerField()
    result = serializers.JSONField(allow_null=True)
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)

    def get_url(self, job: Any) -> str:
        """Where to ask for it again."""
        return reverse("api:job", args=[job.pk])

    def get_state(self, job: Any) -> str:
        """One word for where it stands."""
        if job.done_at:
            return "failed" if job.error else "done"
        return "working" if job.claimed_at else "waiting"


class Jobs(View):
    """The queue."""

    pagination_class = Cursors

    @extend_schema(responses=JobOutput(many=True))
    def get(self, request: Request) -> Response:
        """List jobs, newest first."""
        base.Filters.of(request)
        return self.listed(queries.jobs(self.actor), JobOutput)


class OneJob(View):
    """One job."""

    @extend_schema(responses=JobOutput)
    def get(self, request: Request, job_id: int) -> Response:
        """Read how far a job is, and its result."""
        return Response(self.shown(JobOutput, queries.job(job_id, self.actor)))


urlpatterns = [
    path("jobs/", Jobs.as_view(), name="jobs"),
    path("jobs/<id:job_id>/", OneJob.as_view(), name="job"),
]
