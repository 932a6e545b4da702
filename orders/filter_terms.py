"""What the filter language knows about orders: the same conditions as the tabs and the API."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan
from django.db.models.lookups import LessThanOrEqual as AtMost
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from core.errors import Text
from core.ids import decode
from orders.checks import PROBLEM_CODES
from orders.filter_keys import Key, Reading, register_key, same_for_all
from orders.filter_text import FilterError, Value
from orders.filter_values import LOOKUPS, ahead, number_of, past, pattern_q
from orders.models import OrderLine, Penalty
from orders.problem_text import PROBLEMS_OF_ORDERS
from orders.queries.lists import DEADLINES, PROBLEMS, deadline_q
from orders.states import FINISHED, OPEN, Stage
from sellers.models import Store
from stock.models import Sku

MAX_NUMBERS = 500

_COMPARED = {
    "": Exact,
    "<": LessThan,
    "<=": AtMost,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}

#: Some units have come further than the order's stage says.
PARTIAL = (
    Q(stage__in=(Stage.NEW, Stage.ACCEPTED), allocated__gt=0, allocated__lt=F("units"))
    | Q(stage=Stage.STOCKED, packed__gt=0)
    | Q(stage=Stage.PACKED, shipped__gt=0)
    | Q(stage=Stage.SHIPPED, uploaded__gt=0)
)

STATES: Mapping[str, Text] = {
    **DEADLINES,
    "open": _("Open"),
    "finished": _("Finished"),
    "held": _("On hold"),
    "problem": _("Problems"),
    "partial": _("Done in part"),
    "unmapped": _("SKU not mapped"),
    "remark": _("With a remark"),
    "history": _("Arrived shipped"),
}


def _is(value: Value, reading: Reading) -> Q:
    if value.text in DEADLINES:
        return deadline_q(value.text, reading.seller, reading.now, stores=reading.stores)
    return {
        "open": Q(stage__in=OPEN),
        "finished": Q(stage__in=FINISHED),
        "held": Q(on_hold=True),
        "problem": PROBLEMS,
        "partial": PARTIAL,
        "unmapped": Q(Exists(_lines(sku__isnull=True))),
        "remark": ~Q(remark=""),
        "history": Q(history=True),
    }[value.text]


def _lines(*conditions: Q, **fields: Any) -> Any:
    return OrderLine.objects.filter(*conditions, order=OuterRef("pk"), **fields)


def _stores(reading: Reading) -> Mapping[str, Text]:
    return {store.code: store.name for store in reading.stores}


def _store(value: Value, reading: Reading) -> Q:
    return Q(store__in=[store.pk for store in reading.stores if store.code == value.text])


def store_code(reading: Reading, text: str) -> str:
    """The code of a store named by its code or public id; ``text`` itself when there is none."""
    pk = decode(Store.id_prefix, text)
    return next((store.code for store in reading.stores if store.pk == pk), text)


def _sku(value: Value, reading: Reading) -> Q:
    skus = Sku.objects.filter(pattern_q("code", value.text), seller=reading.seller)
    unmapped = pattern_q("sku_code", value.text)
    same = Q(sku__in=skus) | (Q(sku__isnull=True, seller=reading.seller) & unmapped)
    return Q(Exists(_lines(same)))


def _numbers(values: Sequence[str], reading: Reading) -> Q:
    exact = [value for value in values if "*" not in value]
    q = Q(number__in=exact[:MAX_NUMBERS]) if exact else Q()
    for value in values:
        if "*" in value:
            q |= pattern_q("number", value)
    return q


def _number(value: Value, reading: Reading) -> Q:
    return pattern_q("number", value.text)


def _buyer(value: Value, reading: Reading) -> Q:
    return Q(buyer_name__icontains=value.text) | Q(buyer_ref=value.text)


_YES = {"yes", "有", "是"}
_NO = {"no", "无", "没有", "否"}


def _remark(value: Value, reading: Reading) -> Q:
    if not value.quoted and value.text.lower() in _YES:
        return ~Q(remark="")
    if not value.quoted and value.text.lower() in _NO:
        return Q(remark="")
    return Q(remark__icontains=value.text)


def _due(value: Value, reading: Reading) -> Q:
    return Q(clock_open=True) & ahead("ship_by")(value, reading)


def _problem(value: Value, reading: Reading) -> Q:
    return Q(problems__contains=[value.text])


def _units(value: Value, reading: Reading) -> Q:
    amount = number_of(value)
    if amount > 10**9:
        raise FilterError(_("More units than an order can have."), value.start, value.end)
    return Q(**{f"units__{LOOKUPS[value.op]}": amount})


def _amount(value: Value, reading: Reading) -> Q:
    return Q(_COMPARED[value.op](F("goods_amount") + F("freight_amount"), number_of(value)))


def _fine(value: Value, reading: Reading) -> Q:
    """By what is booked, waivers taken off. Orders without an entry have a fine of zero."""
    amount = number_of(value)
    sums = (
        Penalty.objects.filter(seller=reading.seller)
        .order_by()
        .values("order")
        .annotate(total=Sum("amount"))
    )
    wanted = {f"total__{LOOKUPS[value.op]}": amount}
    if value.op == "<=" or (amount > 0 if value.op == "<" else amount == 0 and value.op != ">"):
        return ~Q(pk__in=sums.exclude(**wanted).values("order"))
    return Q(pk__in=sums.filter(**wanted).values("order"))


KEYS = (
    Key(
        "is",
        _("State"),
        _is,
        _("What needs somebody, and how the clock stands."),
        ("is:overdue", "is:due_soon,due_today", "is:held"),
        aliases=("状态", "是"),
        choices=same_for_all(STATES),
        also={
            "late": "overdue",
            "超时": "overdue",
            "soon": "due_soon",
            "快超时": "due_soon",
            "today": "due_today",
            "今日到期": "due_today",
            "今天到期": "due_today",
            "on_hold": "held",
            "hold": "held",
            "挂起": "held",
            "已挂起": "held",
            "problems": "problem",
            "问题": "problem",
            "有问题": "problem",
            "异常": "problem",
            "未完成": "open",
            "部分": "partial",
            "部分备货": "partial",
            "未匹配": "unmapped",
            "有备注": "remark",
        },
    ),
    Key(
        "stage",
        _("Stage"),
        lambda value, reading: Q(stage=value.text),
        _("How far the order is."),
        ("stage:new", "stage:stocked,packed"),
        aliases=("阶段",),
        choices=same_for_all(dict(Stage.choices)),
        single=True,
    ),
    Key(
        "due",
        _("Time left"),
        _due,
        _("Time left until the ship-by deadline, or its day, while the clock runs."),
        ("due:<4h", "due:>2d", "due:today", "due:2026-11-27"),
        aliases=("截止", "剩余", "剩余时间", "发货截止"),
        compares=True,
    ),
    Key(
        "store",
        _("Store"),
        _store,
        _("By code or name."),
        ("store:code",),
        aliases=("店铺",),
        choices=_stores,
        single=True,
    ),
    Key(
        "country",
        _("Country"),
        lambda value, reading: Q(country=value.text),
        _("By its two letters or its name."),
        ("country:BR", "-country:US"),
        aliases=("国家", "国家地区", "目的国"),
        choices=same_for_all(lambda: dict(countries)),
        single=True,
    ),
    Key(
        "sku",
        _("SKU"),
        _sku,
        _("A SKU code, or the code that the marketplace sends; * stands for anything."),
        ("sku:AB-1", "sku:AB*"),
        aliases=("商品编码", "货号"),
    ),
    Key(
        "number",
        _("Order number"),
        _number,
        _("One or several, also pasted without a key; * stands for anything."),
        ("number:819*", "number:8190012,8190013"),
        aliases=("order", "订单", "订单号", "单号"),
        several=_numbers,
        single=True,
    ),
    Key(
        "buyer",
        _("Buyer"),
        _buyer,
        _("A part of the name, or the buyer's id on the marketplace."),
        ("buyer:souza",),
        aliases=("买家",),
    ),
    Key(
        "remark",
        _("Remark"),
        _remark,
        _("Whether the buyer wrote something, or what."),
        ("remark:yes", 'remark:"red one"'),
        aliases=("备注", "留言", "买家备注"),
    ),
    Key(
        "problem",
        _("Problem"),
        _problem,
        _("One finding of the machine checks."),
        ("problem:phone_missing", "problem:possible_duplicate"),
        aliases=("具体问题",),
        choices=same_for_all({code: code for code in sorted(PROBLEM_CODES | PROBLEMS_OF_ORDERS)}),
    ),
    Key(
        "tag",
        _("Tag"),
        lambda value, reading: ~Q(tags=[]) & Q(tags__contains=[value.text]),
        _("The shop's own word for an order."),
        ("tag:gift",),
        aliases=("标签",),
    ),
    Key(
        "units",
        _("Units"),
        _units,
        _("How many units are wanted."),
        ("units:1", "units:>=10"),
        aliases=("件数", "数量"),
        compares=True,
    ),
    Key(
        "amount",
        _("Amount"),
        _amount,
        _("Goods and freight, in the order's own currency."),
        ("amount:>100",),
        aliases=("金额",),
        compares=True,
        scope="money:read",
    ),
    Key(
        "currency",
        _("Currency"),
        lambda value, reading: Q(currency=value.text.upper()),
        _("Three letters."),
        ("currency:USD",),
        aliases=("币种",),
        single=True,
    ),
    Key(
        "fine",
        _("Fine"),
        _fine,
        _("What is booked, in the order's own currency."),
        ("fine:>10", "fine:0"),
        aliases=("罚款",),
        compares=True,
        scope="money:read",
    ),
    *(
        Key(
            name,
            label,
            past(f"{name}_at"),
            _("How long ago, or which day."),
            (f"{name}:today", f"{name}:<2d", f"{name}:2026-11-01..2026-11-11"),
            aliases=aliases,
            compares=True,
        )
        for name, label, aliases in (
            ("placed", _("Placed"), ("下单", "下单时间")),
            ("paid", _("Paid"), ("付款", "付款时间")),
            ("accepted", _("Accepted"), ("接单", "接单时间")),
            ("shipped", _("Shipped"), ("发货", "发货时间")),
            ("uploaded", _("Uploaded"), ("上传", "上传时间")),
            ("delivered", _("Delivered"), ("妥投", "妥投时间")),
            ("updated", _("Changed"), ("变更", "更新", "更新时间")),
        )
    ),
)

for _each in KEYS:
    register_key(_each)
