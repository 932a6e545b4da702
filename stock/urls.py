"""SKUs, their stock and its ledger."""

from django.urls import path

from stock.views import counts, levels, skus

app_name = "stock"
urlpatterns = [
    path("", levels.index, name="levels"),
    path("movements/", levels.movements, name="movements"),
    path("receive/", levels.receive, name="receive"),
    path("new/", skus.new, name="new"),
    path("counts/", counts.index, name="counts"),
    path("counts/new/", counts.new, name="count_new"),
    path("counts/<str:take_id>/", counts.count, name="count"),
    path("counts/<str:take_id>/enter/", counts.enter, name="count_enter"),
    path("counts/<str:take_id>/sheet/", counts.paper, name="count_sheet"),
    path("counts/<str:take_id>/sheet.csv", counts.sheet, name="count_csv"),
    path("counts/<str:take_id>/differences/", counts.differences, name="count_differences"),
    path("counts/<str:take_id>/again/", counts.again, name="count_again"),
    path("counts/<str:take_id>/post/", counts.post, name="count_post"),
    path("counts/<str:take_id>/cancel/", counts.cancel, name="count_cancel"),
    path("<str:sku_id>/", skus.detail, name="sku"),
    path("<str:sku_id>/edit/", skus.edit, name="edit"),
    path("<str:sku_id>/post/", skus.post, name="post"),
    path("<str:sku_id>/reorder/", skus.reorder, name="reorder"),
]
