"""What lies on the desk of the demo shop: files of orders and of stock with mistakes in them, and a
list that was wanted as a file."""

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from core.actor import Actor
from marketplaces.actions import start_import, upload_file
from sellers.exports import start_export
from sellers.jobs import run_job
from sellers.models import Seller, Store
from stock.actions.files import start_stock_file, upload_stock_file
from stock.models import StockFile

_HEADER = "订单号,下单时间,付款时间,SKU,商品名称,数量,单价,币种,国家"
#: Number, SKU, title, quantity, price, country. What is wrong in it is what people get wrong.
_ROWS = (
    ("8190000990000011", "SOCK-WOOL-2", "Wool socks, two pairs", "2", "6.90", "FR"),
    ("8190000990000028", "PUZZLE-500", "Puzzle, 500 pieces", "1", "10.60", "DE"),
    ("8190000990000035", "CASE-15-BK", "Phone case, matte", "-1", "4.60", "ES"),
    ("8190000990000042", "CASE-15-BL", "Phone case, matte", "1", "4,6O", "ES"),
    ("8190000990000059", "APRON-LIN-M", "Linen apron", "1", "13.20", "法兰西国"),
)
_STOCK = "SKU,仓库,数量\nPLANT-POT-3,SZ,12\nPLANT-POT-33,SZ,24\nTEA-SET-4,SZ,一打\n"


def desk_work(seller: Seller, store: Store, actor: Actor, now: datetime) -> None:
    """Take files in, of which some rows are refused, and write the late orders to a file. Two more
    wait for somebody's go-ahead."""
    with translation.override("zh-hans"):
        _desk_work(seller, store, actor, now)


def _desk_work(seller: Seller, store: Store, actor: Actor, now: datetime) -> None:
    paid = now - timedelta(hours=3)
    lines = [
        f'{number},{paid:%Y-%m-%d %H:%M},{paid:%Y-%m-%d %H:%M},{sku},"{title}",{n},{price},USD,{to}'
        for number, sku, title, n, price, to in _ROWS
    ]
    text = "\n".join((_HEADER, *lines, ""))
    _, run = (
        upload_file(
            seller=seller,
            store=store,
            file=SimpleUploadedFile(name, text.encode()),
            time_zone="UTC",
            create_skus=False,
            actor=actor,
        )
        for name in ("待核对订单.csv", "订单 1125.csv")
    )
    started = start_import(seller=seller, run=run.pk, actor=actor)
    _, goods = (
        upload_stock_file(
            seller=seller,
            file=SimpleUploadedFile(name, _STOCK.encode()),
            mode=StockFile.Mode.ADD,
            actor=actor,
        )
        for name in ("到货 3 号柜.csv", "到货 2 号柜.csv")
    )
    received = start_stock_file(seller=seller, file=goods.pk, actor=actor)
    export = start_export(
        "orders",
        seller=seller,
        actor=actor,
        query="deadline=overdue",
        columns=("number", "store", "stage", "goods", "units", "ship_by"),
        file_format="xlsx",
    )
    for job in (started.job, received.job, export):
        if job is not None:
            run_job(job.pk)
