"""Mails to people about their own logins."""

from typing import Any

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from tradepost.people import services as people
from tradepost.worker.tasks import Task, task


@task
def mail_reset_link(task: Task, *, user_id: int, origin: str) -> dict[str, Any]:
    """Mail somebody a link to a new password, if there is somebody to be written to: `{"sent": true}`."""
    link = people.make_reset_link(user_id, job_id=task.job_id, at=task.at)
    if link is None:
        return {"sent": False}
    address = origin + reverse("web:new_password", args=[link.uid, link.token])
    context = {"origin": origin, "address": address}
    subject = render_to_string("mail/reset_subject.txt").strip()
    send_mail(subject, render_to_string("mail/reset.txt", context), None, [link.email])
    return {"sent": True}
