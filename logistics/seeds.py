"""Carriers and services that every installation starts with, as data.

Number shapes and tracking pages are the carriers' public ones. Days, weights and sizes marked
*estimate* are the usual public offers, rounded; ops correct them in the admin site, and a store's
own list of services wins over all of them.
"""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["platform", "other"]
Mode = Literal["parcel", "express", "postal", "warehouse"]

AGGREGATOR_PAGE = "https://t.17track.net/en#nums={number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSeed:
    """What a carrier offers. Grams, millimetres, calendar days; ``None`` is without a limit.

    ``countries`` are ISO 3166-1 alpha-2 codes, empty for all. ``max_sum_mm`` limits length + width
    + height. ``code`` is unique over all carriers.
    """

    code: str
    name_en: str
    name_zh: str
    mode: Mode
    min_days: int
    max_days: int
    countries: tuple[str, ...] = ()
    max_weight_grams: int | None = None
    max_length_mm: int | None = None
    max_sum_mm: int | None = None
    refuses_battery: bool = False
    refuses_liquid: bool = True  # aircraft: no carrier takes liquids without an agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierSeed:
    """A carrier. ``pattern`` is for the whole number, empty for any; ``tracking_url`` holds
    ``{number}``; ``aggregator_code`` is the key in 17TRACK's carrier list, empty if not known."""

    code: str
    name_en: str
    name_zh: str
    kind: Kind
    services: tuple[ServiceSeed, ...]
    recommended: bool = False
    pattern: str = ""
    tracking_url: str = AGGREGATOR_PAGE
    aggregator_code: str = ""


# Numbers in the shape of UPU S10; the check digit is verified apart from the pattern.
_S10 = r"[A-Z]{2}\d{9}[A-Z]{2}"

# Small parcels of the platform's logistics: longest side 60 cm, sides together 90 cm, 2 kg.
_SMALL_PARCEL_GRAMS = 2_000
_SMALL_PARCEL_LENGTH_MM = 600
_SMALL_PARCEL_SUM_MM = 900

CARRIERS: tuple[CarrierSeed, ...] = (
    CarrierSeed(
        code="cainiao",
        name_en="AliExpress logistics (Cainiao)",
        name_zh="速卖通线上物流（菜鸟）",
        kind="platform",
        recommended=True,
        # Estimate: S10 of the posts that carry for it, and own numbers of letters and digits.
        pattern=rf"{_S10}|[A-Z]{{2,6}}\d{{8,20}}[A-Z]{{0,3}}",
        tracking_url="https://global.cainiao.com/newDetail.htm?mailNoList={number}",
        services=(
            ServiceSeed(
                code="cainiao-standard",
                name_en="AliExpress Standard Shipping",
                name_zh="无忧物流-标准",
                mode="parcel",
                max_weight_grams=_SMALL_PARCEL_GRAMS,
                max_length_mm=_SMALL_PARCEL_LENGTH_MM,
                max_sum_mm=_SMALL_PARCEL_SUM_MM,
                min_days=10,  # estimate
                max_days=25,  # estimate
            ),
            ServiceSeed(
                code="cainiao-warehouse",
                name_en="Hand-over to the platform warehouse",
                name_zh="送仓（平台仓发）",
                mode="warehouse",
                max_weight_grams=30_000,  # estimate
                refuses_liquid=False,  # estimate: the platform decides per item
                min_days=1,  # estimate: to the warehouse in China, not to the buyer
                max_days=3,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="yunexpress",
        name_en="YunExpress",
        name_zh="云途物流",
        kind="other",
        recommended=True,
        pattern=r"YT\d{16}|[A-Z]{2}\d{9}Y[PQ]",
        tracking_url="https://www.yuntrack.com/parcelTracking?id={number}",
        aggregator_code="190008",
        services=(
            ServiceSeed(
                code="yunexpress-standard",
                name_en="YunExpress standard line",
                name_zh="云途标准专线",
                mode="parcel",
                max_weight_grams=20_000,  # estimate
                max_length_mm=600,  # estimate
                refuses_battery=True,  # estimate: batteries go by the line made for them
                min_days=7,  # estimate
                max_days=15,  # estimate
            ),
            ServiceSeed(
                code="yunexpress-battery",
                name_en="YunExpress line for goods with batteries",
                name_zh="云途带电专线",
                mode="parcel",
                max_weight_grams=20_000,  # estimate
                max_length_mm=600,  # estimate
                min_days=8,  # estimate
                max_days=18,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="4px",
        name_en="4PX",
        name_zh="递四方",
        kind="other",
        recommended=True,
        pattern=rf"4PX[A-Z0-9]{{8,20}}|{_S10}",  # estimate: the length after 4PX
        tracking_url="https://track.4px.com/#/result/0/{number}",
        aggregator_code="190094",
        services=(
            ServiceSeed(
                code="4px-standard",
                name_en="4PX standard line",
                name_zh="递四方标准专线",
                mode="parcel",
                max_weight_grams=2_000,  # estimate
                max_length_mm=600,  # estimate
                max_sum_mm=900,  # estimate
                min_days=8,  # estimate
                max_days=20,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="yanwen",
        name_en="Yanwen",
        name_zh="燕文物流",
        kind="other",
        recommended=True,
        pattern=rf"[A-Z]{{2}}\d{{9}}YP|S\d{{12}}|{_S10}",
        tracking_url="https://track.yw56.com.cn/en/querydel?nums={number}",
        aggregator_code="190012",
        services=(
            ServiceSeed(
                code="yanwen-standard",
                name_en="Yanwen tracked parcel",
                name_zh="燕文专线追踪小包",
                mode="parcel",
                max_weight_grams=2_000,  # estimate
                max_length_mm=600,  # estimate
                max_sum_mm=900,  # estimate
                min_days=10,  # estimate
                max_days=25,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="china-post",
        name_en="China Post",
        name_zh="中国邮政",
        kind="other",
        pattern=r"[A-Z]{2}\d{9}CN",
        aggregator_code="3011",
        services=(
            ServiceSeed(
                code="china-post-registered",
                name_en="Registered small packet",
                name_zh="挂号小包",
                mode="postal",
                # UPU small packets: 2 kg, sides together 90 cm, longest side 60 cm.
                max_weight_grams=2_000,
                max_length_mm=600,
                max_sum_mm=900,
                refuses_battery=True,
                min_days=15,  # estimate
                max_days=45,  # estimate
            ),
            ServiceSeed(
                code="china-post-epacket",
                name_en="ePacket",
                name_zh="e邮宝",
                mode="postal",
                max_weight_grams=2_000,
                max_length_mm=600,
                max_sum_mm=900,
                refuses_battery=True,
                min_days=10,  # estimate
                max_days=25,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="ems",
        name_en="EMS (China)",
        name_zh="中国邮政 EMS",
        kind="other",
        pattern=r"E[A-Z]\d{9}CN",
        aggregator_code="3013",
        services=(
            ServiceSeed(
                code="ems-international",
                name_en="EMS international",
                name_zh="国际 EMS",
                mode="express",
                max_weight_grams=30_000,
                max_length_mm=1_500,
                refuses_battery=True,
                min_days=5,  # estimate
                max_days=12,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="sf-international",
        name_en="SF International",
        name_zh="顺丰国际",
        kind="other",
        pattern=r"SF\d{12,15}",
        aggregator_code="100012",
        services=(
            ServiceSeed(
                code="sf-international-parcel",
                name_en="SF international parcel",
                name_zh="顺丰国际小包",
                mode="parcel",
                max_weight_grams=2_000,  # estimate
                max_length_mm=600,  # estimate
                max_sum_mm=900,  # estimate
                min_days=8,  # estimate
                max_days=20,  # estimate
            ),
            ServiceSeed(
                code="sf-international-express",
                name_en="SF international express",
                name_zh="顺丰国际特快",
                mode="express",
                max_weight_grams=50_000,  # estimate
                min_days=3,  # estimate
                max_days=7,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="ups",
        name_en="UPS",
        name_zh="UPS",
        kind="other",
        pattern=r"1Z[A-Z0-9]{16}",
        tracking_url="https://www.ups.com/track?tracknum={number}",
        aggregator_code="100002",
        services=(
            ServiceSeed(
                code="ups-express-saver",
                name_en="UPS Express Saver",
                name_zh="UPS 红单",
                mode="express",
                max_weight_grams=70_000,
                max_length_mm=2_740,
                min_days=2,  # estimate
                max_days=5,  # estimate
            ),
            ServiceSeed(
                code="ups-expedited",
                name_en="UPS Expedited",
                name_zh="UPS 蓝单",
                mode="express",
                max_weight_grams=70_000,
                max_length_mm=2_740,
                min_days=4,  # estimate
                max_days=8,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="dhl",
        name_en="DHL Express",
        name_zh="DHL 国际快递",
        kind="other",
        pattern=r"\d{10,11}|J[A-Z]{2,3}\d{16,20}",  # waybill, or a piece number (estimate)
        tracking_url="https://www.dhl.com/en/express/tracking.html?AWB={number}",
        aggregator_code="100001",
        services=(
            ServiceSeed(
                code="dhl-worldwide",
                name_en="DHL Express Worldwide",
                name_zh="DHL 全球快递",
                mode="express",
                max_weight_grams=70_000,
                max_length_mm=1_200,
                min_days=2,  # estimate
                max_days=5,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="fedex",
        name_en="FedEx",
        name_zh="联邦快递",
        kind="other",
        pattern=r"\d{12}|\d{15}|\d{20}|\d{22}",
        tracking_url="https://www.fedex.com/fedextrack/?trknbr={number}",
        aggregator_code="100003",
        services=(
            ServiceSeed(
                code="fedex-priority",
                name_en="FedEx International Priority",
                name_zh="联邦国际优先快递",
                mode="express",
                max_weight_grams=68_000,
                max_length_mm=2_740,
                min_days=2,  # estimate
                max_days=5,  # estimate
            ),
            ServiceSeed(
                code="fedex-economy",
                name_en="FedEx International Economy",
                name_zh="联邦国际经济快递",
                mode="express",
                max_weight_grams=68_000,
                max_length_mm=2_740,
                min_days=4,  # estimate
                max_days=8,  # estimate
            ),
        ),
    ),
    CarrierSeed(
        code="other",
        name_en="Other carrier",
        name_zh="其他物流商",
        kind="other",
        services=(
            ServiceSeed(
                code="other",
                name_en="Other service",
                name_zh="其他服务",
                mode="parcel",
                refuses_liquid=False,  # not known, so nothing is ruled out
                min_days=7,  # estimate
                max_days=30,  # estimate
            ),
        ),
    ),
)


def load(carriers: Any, services: Any) -> None:
    """Add the carriers and services that are missing. Takes the models, as migrations have them.

    What is there already stays as ops have made it.
    """
    for seed in CARRIERS:
        carrier, _made = carriers.objects.get_or_create(
            code=seed.code,
            defaults={
                "name": seed.name_en,
                "name_zh": seed.name_zh,
                "kind": seed.kind,
                "recommended": seed.recommended,
                "pattern": seed.pattern,
                "tracking_url": seed.tracking_url,
                "aggregator_code": seed.aggregator_code,
            },
        )
        for s in seed.services:
            services.objects.get_or_create(
                code=s.code,
                defaults={
                    "carrier": carrier,
                    "name": s.name_en,
                    "name_zh": s.name_zh,
                    "mode": s.mode,
                    "countries": " ".join(s.countries),
                    "max_weight_grams": s.max_weight_grams,
                    "max_length_mm": s.max_length_mm,
                    "max_sum_mm": s.max_sum_mm,
                    "refuses_battery": s.refuses_battery,
                    "refuses_liquid": s.refuses_liquid,
                    "min_days": s.min_days,
                    "max_days": s.max_days,
                },
            )
