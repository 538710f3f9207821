"""Products: the list with what is on hand, one product, and an administrator's changes to it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.catalog import services
from tradepost.inventory import queries as inventory
from tradepost.inventory import services as shelves
from tradepost.lib import keyset, quantity
from tradepost.lib.errors import Invalid
from tradepost.till import queries as till
from tradepost.web import params, picking, shops, tabs
from tradepost.web.forms import MoneyField, PageForm, choices, chosen, go, run_once, submit
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.paging import ROWS, portion
from tradepost.web.pictures import PictureForm
from tradepost.web.stock import journal

if TYPE_CHECKING:
    from tradepost.books.models import Level
    from tradepost.catalog.models import Product

UNITS = [("piece", "piece"), ("kg", "kg"), ("l", "litre"), ("m", "metre")]
STATUSES = {"low": "Low or out", "out": "Out"}
STORES_SHOWN = 25
JOURNAL_ROWS = 25


class ProductForm(PictureForm):
    """A product as an administrator describes it. Unit and decimals are asked for once."""

    field_order = (
        "name", "sku", "barcode", "price", "cost", "unit", "reorder", "category", "supplier", "description",
    )  # fmt: skip
    name = forms.CharField(label="Name", max_length=200)
    sku = forms.CharField(label="SKU", max_length=40, help_text="Its name on paper; no two products share one.")
    barcode = forms.CharField(label="Barcode", max_length=40, required=False)
    price = MoneyField(label="Price")
    cost = MoneyField(label="List cost", required=False, help_text="Counts until the first delivery says what it cost.")
    unit = forms.ChoiceField(label="Sold by the", choices=UNITS, required=False)
    reorder = forms.CharField(label="Reorder at", required=False, help_text="Below this it shows as running low.")
    category = forms.ChoiceField(label="Category", required=False)
    supplier = forms.ChoiceField(label="Supplier", required=False)
    description = forms.CharField(label="Description", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    stocked = forms.BooleanField(label="Kept on a shelf", required=False, initial=True, help_text="Off for a service.")

    def __init__(self, request: PageRequest, *, product: "Product | None" = None, **kwargs: Any) -> None:
        has_one = product is not None and product.picture != ""
        super().__init__(request, has_one=has_one, read=services.read_picture, **kwargs)
        self.product = product
        for name, rows in (("category", catalog.categories()), ("supplier", catalog.suppliers())):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices(rows, "None")
        if product is not None:
            del self.fields["unit"]
            if product.stocked and books.ever_moved([product.pk]):
                self.fields["stocked"].disabled = True
                self.fields["stocked"].help_text = "It was kept on shelves before, so it stays goods."

    def described(self) -> dict[str, Any]:
        """The fields as the service takes them. Raises NotAQuantity for a reorder level that is none."""
        given = self.cleaned_data
        unit = self.product.unit if self.product else given["unit"] or "piece"
        decimals = self.product.decimals if self.product else (0 if unit == "piece" else 3)
        fields = {
            "sku": given["sku"],
            "name": given["name"],
            "barcode": given["barcode"],
            "description": given["description"],
            "price_minor": given["price"],
            "cost_minor": given["cost"] or 0,
            "category_id": chosen(given["category"]),
            "supplier_id": chosen(given["supplier"]),
            "stocked": given["stocked"],
        }
        if given["reorder"]:
            fields["reorder_level"] = quantity.parse(given["reorder"], decimals)
        return fields


@page
def listed(request: PageRequest) -> HttpResponse:
    """Products by name, with what is on hand in the store."""
    require_worker(request)
    shop, query = request.shop, request.GET
    given: dict[str, Any] = {
        "search": params.text(query, "q"),
        "category": picking.category(query),
        "supplier": picking.supplier(query),
        "archived": params.choice(query, "archived", ("yes",)) == "yes",
    }
    status = params.choice(query, "status", STATUSES)
    found = catalog.products(**given).order_by("name", "id")
    if status and shop is not None:
        low = books.low_levels(chart.store(shop.pk)).order_by()
        low = low.filter(quantity=0) if status == "out" else low
        found = found.filter(pk__in=low.values("product_id"))
    seen = keyset.portion(found, params.text(query, "cursor"), ROWS)
    levels = books.shelf_of(chart.store(shop.pk), [row.pk for row in seen.rows]) if shop else {}
    context = {
        "rows": [{"product": row, **_shelf(row, levels.get(row.pk))} for row in seen.rows],
        "window": seen,
        "filter": given,
        "status": status,
        "statuses": STATUSES,
        "categories": list(catalog.categories()),
        "suppliers": picking.suppliers(given["supplier"]),
        "picked": sum(map(bool, (status, given["category"], given["supplier"], given["archived"]))),
        "is_filtered": any(given.values()) or bool(status),
        **tabs.of(request, "products"),
    }
    return show(request, "catalog/list.html", context, part="catalog/_rows.html")


@page
def one(request: PageRequest, product_id: int) -> HttpResponse:
    """One product: what it costs, how much of it stands in which store, and what came and went."""
    require_worker(request)
    product, shop, pick = catalog.product(product_id), request.shop, picking.store(request, every="All stores")
    moved = inventory.product_journal(product_id, request.actor, store=pick.store_id)
    part = portion(moved, request.GET, JOURNAL_ROWS)
    context = {
        "product": product,
        **_levels(request, product),
        "pick": pick,
        "portion": part,
        "journal": journal.rows_of(request, part.rows),
        "average_cost": till.average_cost(shop.pk, product_id) if shop else None,
        "sells": shop is not None and request.actor.is_staff(shop.pk),
        "form": PageForm(),
    }
    return show(request, "catalog/detail.html", context, part="catalog/_journal.html")


@page
def new(request: PageRequest) -> HttpResponse:
    """Add a product."""
    request.actor.require_admin()
    form = ProductForm(request)

    def call() -> dict[str, Any]:
        fields = {**form.described(), "unit": form.cleaned_data["unit"] or "piece"}
        product = services.add_product(services.ProductDraft(**fields), actor=request.actor, at=request.at)
        _set_picture(request, form, product.pk)
        return {"to": reverse("web:product", args=[product.pk]), "said": f"{product.name} is in the catalogue."}

    context = {"title": "Add a product", "verb": "Add the product", "back": reverse("web:products")}
    return submit(request, form, call, "web/form.html", context)


@page
def edit(request: PageRequest, product_id: int) -> HttpResponse:
    """Change a product; sales of the past keep their prices."""
    request.actor.require_admin()
    product = catalog.product(product_id)
    form = ProductForm(request, product=product, initial=_initial(product))
    here = reverse("web:product", args=[product_id])

    def call() -> dict[str, Any]:
        services.change_product(product_id, actor=request.actor, at=request.at, **form.described())
        _set_picture(request, form, product_id)
        return {"to": here, "said": "Saved."}

    context = {"title": product.name, "verb": "Save", "back": here}
    return submit(request, form, call, "web/form.html", context)


@require_POST
@page
def archive(request: PageRequest, product_id: int) -> HttpResponse:
    """Take a product out of the catalogue, or back into it."""
    request.actor.require_admin()
    wanted = params.choice(request.POST, "do", ("archive", "restore"))

    def call() -> dict[str, Any]:
        act = services.restore_product if wanted == "restore" else shelves.retire_product
        product = act(product_id, actor=request.actor, at=request.at)
        said = f"{product.name} is {'sold again' if wanted == 'restore' else 'no longer sold'}."
        return {"to": reverse("web:product", args=[product_id]), "said": said}

    if not wanted:
        raise Invalid("Say whether to archive or to restore")
    return go(request, run_once(request, request.POST.get("key", ""), call))


def _set_picture(request: PageRequest, form: ProductForm, product_id: int) -> None:
    who: dict[str, Any] = {"actor": request.actor, "at": request.at}
    form.hand_picture(lambda picture: services.set_picture(product_id, picture, **who))


def _levels(request: PageRequest, product: "Product") -> dict[str, Any]:
    """What stands in the stores one may look into, a portion of them by name, and how much in all; four queries."""
    actor, found = request.actor, shops.shops_of(request.actor).order_by("name", "id")
    seen = keyset.portion(found, params.text(request.GET, "stores"), STORES_SHOWN)
    levels = books.shelves_of(product.pk, [store.pk for store in seen.rows])
    total, kept_in = books.spread_of(product.pk, None if actor.reads_all else sorted(actor.stores()))
    rows = [{"store": store, **_shelf(product, levels.get(store.pk))} for store in seen.rows]
    return {"levels": rows, "near": seen, "total": total, "kept_in": kept_in, "store_count": found.count()}


def _shelf(product: "Product", level: "Level | None") -> dict[str, Any]:
    """What stands on a shelf and below which mark it runs low; one it never was on is out."""
    if level is None:
        nothing = {"state": books.OUT, "is_archived": not product.is_sold}
        return {"left": 0, "mark": product.reorder_level, "is_own": False, "level": nothing}
    level.product = product  # which is at hand
    return {"left": level.quantity, "mark": level.low_at, "is_own": level.own_mark, "level": level}


def _initial(product: "Product") -> dict[str, Any]:
    plain = ("name", "sku", "barcode", "description", "stocked")
    return {
        **{name: getattr(product, name) for name in plain},
        "price": product.price_minor,
        "cost": product.cost_minor,
        "reorder": quantity.plain(product.reorder_level, product.decimals),
        "category": product.category_id or "",
        "supplier": product.supplier_id or "",
    }
