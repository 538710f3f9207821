"""The reorder level of one shelf: a manager gives it its own, or lets it follow the product again."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse

from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.inventory import services
from tradepost.lib import quantity
from tradepost.lib.errors import Missing
from tradepost.places import queries as places
from tradepost.web.forms import PageForm, StepsField, submit
from tradepost.web.page import PageRequest, page

if TYPE_CHECKING:
    from tradepost.catalog.models import Product


class ReorderForm(PageForm):
    """The level below which a shelf runs low."""

    reorder_level = StepsField(label="Reorder at", required=False)

    def __init__(self, *args: Any, product: "Product", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = quantity.plain(product.reorder_level, product.decimals)
        field = self.fields["reorder_level"]
        field.help_text = f"Below this it runs low. Left empty it follows the product: {usual}."
        if isinstance(field, StepsField):
            field.decimals = product.decimals


@page
def reorder(request: PageRequest, store_id: int, product_id: int) -> HttpResponse:
    """Give a shelf a reorder level of its own."""
    if not request.actor.reads_store(store_id):
        raise Missing("There is no such store of yours")
    request.actor.require_manager(store_id)
    store, product = places.store(store_id), catalog.product(product_id)
    level = books.store_levels().filter(location__store_id=store_id, product_id=product_id).first()
    own = level.low_at if level and level.own_mark else None
    form = ReorderForm(request.POST or None, product=product, initial={"reorder_level": own})
    back = f"{reverse('web:stock')}?store={store_id}"

    def call() -> dict[str, Any]:
        wanted = form.cleaned_data["reorder_level"]
        services.set_reorder_level(store_id, product_id, wanted, actor=request.actor, at=request.at)
        return {"to": back, "said": f"{product.name}: saved."}

    context = {"title": f"{product.name} at {store.name}", "verb": "Save", "back": back}
    return submit(request, form, call, "web/form.html", context)
