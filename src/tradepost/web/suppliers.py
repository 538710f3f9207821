"""Suppliers and categories: short lists that an administrator keeps."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from tradepost.catalog import queries as catalog
from tradepost.catalog import services
from tradepost.lib.errors import Invalid, TradepostError
from tradepost.web import params
from tradepost.web.forms import PageForm, explain, go, run_once, submit
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import numbered


class SupplierForm(PageForm):
    """Who delivers, and how to reach them."""

    name = forms.CharField(label="Name", max_length=150)
    email = forms.CharField(label="E-mail", required=False, widget=forms.EmailInput)
    phone = forms.CharField(label="Phone", required=False, widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}))


class CategoryForm(PageForm):
    """A group of products."""

    name = forms.CharField(label="Name", max_length=100)


@page
def suppliers(request: PageRequest) -> HttpResponse:
    """Suppliers by name."""
    request.actor.require_admin()
    search = params.text(request.GET, "q")
    archived = params.choice(request.GET, "archived", ("yes",)) == "yes"
    listed_page = numbered(catalog.suppliers(search=search, archived=archived), request.GET)
    context = {"page": listed_page, "search": search, "archived": archived}
    return show(request, "catalog/suppliers.html", context, part="catalog/_suppliers.html")


@page
def new_supplier(request: PageRequest) -> HttpResponse:
    """Add a supplier."""
    request.actor.require_admin()
    form = SupplierForm(request.POST or None)

    def call() -> dict[str, Any]:
        supplier = services.add_supplier(**_told(form), actor=request.actor, at=request.at)
        return {"to": reverse("web:suppliers"), "said": f"{supplier.name} is a supplier."}

    context = {"title": "Add a supplier", "verb": "Add the supplier", "back": reverse("web:suppliers")}
    return submit(request, form, call, "web/form.html", context)


@page
def supplier(request: PageRequest, supplier_id: int) -> HttpResponse:
    """Change a supplier."""
    request.actor.require_admin()
    found = catalog.supplier(supplier_id)
    initial = {"name": found.name, "email": found.email, "phone": found.phone}
    form = SupplierForm(request.POST or None, initial=initial)

    def call() -> dict[str, Any]:
        services.change_supplier(supplier_id, actor=request.actor, at=request.at, **_told(form))
        return {"to": reverse("web:suppliers"), "said": "Saved."}

    archiving = reverse("web:archive_supplier", args=[supplier_id])
    context = {
        "title": found.name,
        "back": reverse("web:suppliers"),
        "archiving": archiving,
        "is_archived": found.archived_at is not None,
    }
    return submit(request, form, call, "web/form.html", context)


@require_POST
@page
def archive_supplier(request: PageRequest, supplier_id: int) -> HttpResponse:
    """Archive a supplier, or take it back."""
    wanted = params.choice(request.POST, "do", ("archive", "restore"))
    if not wanted:
        raise Invalid("Say whether to archive or to restore")

    def call() -> dict[str, Any]:
        act = services.restore_supplier if wanted == "restore" else services.archive_supplier
        found = act(supplier_id, actor=request.actor, at=request.at)
        said = f"{found.name} is {'a supplier again' if wanted == 'restore' else 'archived'}."
        return {"to": reverse("web:suppliers"), "said": said}

    return go(request, run_once(request, request.POST.get("key", ""), call))


@page
def categories(request: PageRequest) -> HttpResponse:
    """Categories by name, and a form for another one."""
    request.actor.require_admin()
    form = CategoryForm(request.POST or None)

    def call() -> dict[str, Any]:
        category = services.add_category(name=form.cleaned_data["name"], actor=request.actor, at=request.at)
        return {"to": reverse("web:categories"), "said": f"{category.name} is a category."}

    context = {"page": numbered(catalog.categories(), request.GET, 100)}
    return submit(request, form, call, "catalog/categories.html", context)


@page
def category(request: PageRequest, category_id: int) -> HttpResponse:
    """Rename a category, or remove one that is empty."""
    request.actor.require_admin()
    found = catalog.category(category_id)
    form = CategoryForm(request.POST or None, initial={"name": found.name})

    def call() -> dict[str, Any]:
        services.change_category(category_id, name=form.cleaned_data["name"], actor=request.actor, at=request.at)
        return {"to": reverse("web:categories"), "said": "Saved."}

    removing = reverse("web:remove_category", args=[category_id])
    context = {"title": found.name, "back": reverse("web:categories"), "removing": removing}
    return submit(request, form, call, "web/form.html", context)


@require_POST
@page
def remove_category(request: PageRequest, category_id: int) -> HttpResponse:
    """Remove a category no product is in."""
    request.actor.require_admin()
    found = catalog.category(category_id)

    def call() -> dict[str, Any]:
        services.remove_category(category_id, actor=request.actor, at=request.at)
        return {"to": reverse("web:categories"), "said": f"{found.name} is removed."}

    try:
        return go(request, run_once(request, request.POST.get("key", ""), call))
    except TradepostError as error:
        form = CategoryForm(initial={"name": found.name})
        note, status = explain(form, error)
        context = {"title": found.name, "back": reverse("web:categories"), "form": form, "note": note}
        return show(request, "web/form.html", context, status=status)


def _told(form: PageForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("name", "email", "phone")}
