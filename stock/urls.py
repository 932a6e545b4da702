"""SKUs, their stock and its ledger."""

from django.urls import path

from stock.views import counts, files, levels, skus, transfers

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
    path("transfers/", transfers.index, name="transfers"),
    path("transfers/new/", transfers.new, name="transfer_new"),
    path("transfers/<str:transfer_id>/", transfers.transfer, name="transfer"),
    path("transfers/<str:transfer_id>/edit/", transfers.edit, name="transfer_edit"),
    path("transfers/<str:transfer_id>/send/", transfers.send, name="transfer_send"),
    path("transfers/<str:transfer_id>/receive/", transfers.receive, name="transfer_receive"),
    path("transfers/<str:transfer_id>/close/", transfers.close, name="transfer_close"),
    path("transfers/<str:transfer_id>/cancel/", transfers.cancel, name="transfer_cancel"),
    path("counts/<str:take_id>/upload/", files.counts, name="count_upload"),
    path("import/", files.index, name="files"),
    path("import/template.csv", files.template, name="file_template"),
    path("import/<str:file_id>/", files.file, name="file"),
    path("import/<str:file_id>/columns/", files.columns, name="file_columns"),
    path("import/<str:file_id>/start/", files.start, name="file_start"),
    path("import/<str:file_id>/discard/", files.discard, name="file_discard"),
    path("<str:sku_id>/", skus.detail, name="sku"),
    path("<str:sku_id>/edit/", skus.edit, name="edit"),
    path("<str:sku_id>/post/", skus.post, name="post"),
    path("<str:sku_id>/reorder/", skus.reorder, name="reorder"),
]
