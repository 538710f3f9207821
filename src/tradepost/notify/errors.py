"""What can be wrong with a webhook or a delivery."""

from tradepost.lib.errors import Missing, Refused


class NoSuchWebhook(Missing):
    """A webhook that does not exist, or was removed."""

    code = "no_such_webhook"
    title = "There is no such webhook"


class NoSuchDelivery(Missing):
    """A delivery that does not exist, or of another webhook."""

    code = "no_such_delivery"
    title = "There is no such delivery"


class WebhookOff(Refused):
    """Something to be sent through a webhook that is switched off."""

    code = "webhook_off"
    title = "This webhook is switched off"
