"""Every page."""

from django.urls import URLPattern, URLResolver, path

from tradepost.web import catalog, command, entry, home, people, stores, suppliers, users
from tradepost.web.books import accounts, audit, days, postings, proof
from tradepost.web.funding import approving, wallet
from tradepost.web.prepaid import counter as charges
from tradepost.web.prepaid import credit, reconcile, sellers, statement
from tradepost.web.till import adjustments, counter, goods, pay, returns, sales

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("favicon.ico", home.favicon, name="favicon"),
    path("home/today/", home.today, name="today"),
    path("home/recent/", home.recent, name="recent"),
    path("stores/choose/", home.choose_store, name="choose_store"),
    path("command/", command.find, name="command"),
    # Coming and going
    path("login/", entry.log_in, name="login"),
    path("signup/", entry.sign_up, name="signup"),
    path("logout/", entry.log_out, name="logout"),
    path("password/forgotten/", entry.forgotten, name="forgotten"),
    path("password/sent/", entry.forgotten_sent, name="forgotten_sent"),
    path("password/<uidb64>/<token>/", entry.NewPassword.as_view(), name="new_password"),
    # People
    path("profile/", people.profile, name="profile"),
    path("profile/password/", people.password, name="password"),
    path("people/<int:user_id>/", people.one, name="person"),
    path("users/", users.listed, name="users"),
    path("users/new/", users.new, name="new_user"),
    path("users/<int:user_id>/", users.one, name="user"),
    path("users/<int:user_id>/do/", users.act, name="user_do"),
    # The counter
    path("till/", counter.entrance, name="till"),
    path("till/<int:store_id>/", counter.counter, name="counter"),
    path("till/<int:store_id>/shelf/", counter.shelf, name="shelf"),
    path("till/<int:store_id>/scan/", counter.scan, name="scan"),
    path("till/<int:store_id>/add/", counter.add, name="add"),
    path("till/<int:store_id>/change/", counter.change, name="change"),
    path("till/<int:store_id>/clear/", counter.clear, name="clear"),
    path("till/<int:store_id>/customer/", counter.serve, name="serve"),
    path("till/<int:store_id>/pay/", pay.pay, name="pay"),
    path("till/<int:store_id>/pay/change/", pay.change, name="change_due"),
    path("till/<int:store_id>/receipt/<str:number>/", pay.receipt, name="receipt"),
    path("sales/", sales.listed, name="sales"),
    path("sales/<str:number>/", sales.one, name="sale"),
    path("sales/<str:number>/give-back/", sales.give_back, name="give_back"),
    path("returns/", returns.listed, name="returns"),
    path("returns/new/", returns.supervised, name="supervised"),
    path("returns/<str:number>/", returns.one, name="return"),
    # Goods
    path("products/", catalog.listed, name="products"),
    path("products/new/", catalog.new, name="new_product"),
    path("products/<int:product_id>/", catalog.one, name="product"),
    path("products/<int:product_id>/edit/", catalog.edit, name="edit_product"),
    path("products/<int:product_id>/archive/", catalog.archive, name="archive_product"),
    path("goods/", goods.listed, name="entries"),
    path("goods/receive/", goods.receive, name="receive"),
    path("goods/write-off/", goods.write_off, name="write_off"),
    path("goods/found/", goods.found, name="found"),
    path("goods/row/", goods.row, name="row"),
    path("goods/<str:number>/", goods.one, name="entry"),
    # The house
    path("suppliers/", suppliers.suppliers, name="suppliers"),
    path("suppliers/new/", suppliers.new_supplier, name="new_supplier"),
    path("suppliers/<int:supplier_id>/", suppliers.supplier, name="supplier"),
    path("suppliers/<int:supplier_id>/archive/", suppliers.archive_supplier, name="archive_supplier"),
    path("categories/", suppliers.categories, name="categories"),
    path("categories/<int:category_id>/", suppliers.category, name="category"),
    path("categories/<int:category_id>/remove/", suppliers.remove_category, name="remove_category"),
    path("stores/", stores.listed, name="stores"),
    path("stores/new/", stores.new, name="new_store"),
    path("stores/<int:store_id>/", stores.edit, name="store"),
    path("stores/<int:store_id>/archive/", stores.archive, name="archive_store"),
    # Prepaid
    path("prepaid/", charges.counter, name="prepaid"),
    path("prepaid/last/", charges.last, name="prepaid_last"),
    path("prepaid/check/", charges.check, name="prepaid_check"),
    path("prepaid/credit/", credit.credit, name="credit"),
    path("prepaid/statement/<int:seller_id>/", statement.statement, name="prepaid_statement"),
    path("prepaid/statement/<int:seller_id>/statement.csv", statement.as_csv, name="prepaid_csv"),
    path("prepaid/sellers/", sellers.listed, name="sellers"),
    path("prepaid/sellers/new/", sellers.new, name="new_seller"),
    path("prepaid/sellers/<int:seller_id>/", sellers.one, name="seller"),
    path("prepaid/sellers/<int:seller_id>/edit/", sellers.edit, name="edit_seller"),
    path("prepaid/sellers/<int:seller_id>/delete/", sellers.delete, name="delete_seller"),
    path("prepaid/sellers/<int:seller_id>/proof/", sellers.proof, name="seller_proof"),
    path("prepaid/reconcile/", reconcile.reconcile, name="prepaid_proof"),
    # Money in and out
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/deposit/", wallet.ask, {"kind": "deposit"}, name="deposit"),
    path("wallet/withdraw/", wallet.ask, {"kind": "withdrawal"}, name="withdraw"),
    path("money-requests/", approving.listed, name="funds"),
    # The books
    path("books/postings/", postings.listed, name="postings"),
    path("books/postings/<int:number>/", postings.one, name="posting"),
    path("books/accounts/", accounts.listed, name="accounts"),
    path("books/accounts/<str:code>/", accounts.statement, name="statement"),
    path("books/proof/", proof.shown, name="proof"),
    path("books/proof/check/", proof.check, name="check_proof"),
    path("books/proof/summary/", proof.summary, name="proof_summary"),
    path("books/proof/job/<int:number>/", proof.progress, name="proof_job"),
    path("books/days/", days.listed, name="days"),
    path("books/days/<int:store_id>/<str:day>/", days.one, name="day"),
    path("books/adjustments/", adjustments.listed, name="adjustments"),
    path("books/adjustments/new/", adjustments.new, name="new_adjustment"),
    path("books/adjustments/<str:number>/", adjustments.one, name="adjustment"),
    path("books/audit/", audit.listed, name="audit"),
]
