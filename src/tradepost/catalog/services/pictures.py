"""The picture of a product."""

from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.catalog.errors import ProductArchived
from tradepost.catalog.models import Product
from tradepost.catalog.services.products import locked_product
from tradepost.lib import pictures
from tradepost.lib.actor import Actor

FOLDER = "products"


def read_picture(file: BinaryIO, *, actor: Actor) -> pictures.Picture:
    """The picture in a file, to be given to `set_picture`; nothing changes. It takes a while: not in a transaction.

    Raises Denied, NotAPicture, PictureTooLarge.
    """
    actor.require_admin()
    return pictures.draw(file)


@transaction.atomic
def set_picture(product_id: int, picture: pictures.Picture | None, *, actor: Actor, at: datetime) -> Product:
    """Give a product its picture in place of the one of before, or with None take that away.

    Raises Denied, NoSuchProduct, ProductArchived.
    """
    actor.require_admin()
    product = locked_product(product_id)
    if not product.is_sold:
        raise ProductArchived(product_id=product_id)
    before = product.picture
    if picture is None and not before:
        return product
    product.picture = pictures.exchange(before, picture, FOLDER)
    product.updated_at = at
    product.save(update_fields=["picture", "updated_at"])
    audit.record(
        "catalog.product_changed",
        subject=product,
        actor=actor,
        at=at,
        before={"picture": before},
        after={"picture": product.picture},
        products=[product.pk],
    )
    return product
