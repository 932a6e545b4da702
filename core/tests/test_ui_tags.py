"""The template tags of the interface."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone, translation
from lucide import IconDoesNotExist

from core.templatetags import ui

NOW = datetime(2025, 11, 24, 7, 52, tzinfo=UTC)
SHANGHAI = timezone.get_fixed_timezone(480)


def render(source: str, **context: object) -> str:
    return Template("{% load ui frame %}" + source).render(Context(context))


@pytest.fixture(autouse=True)
def english_in_shanghai():
    with translation.override("en"), timezone.override(SHANGHAI):
        yield


def test_icon_is_hidden_from_assistive_technology():
    svg = render("{% icon 'truck' 'is-big' %}")
    assert svg.startswith("<svg ")
    assert 'class="icon is-big"' in svg
    assert 'aria-hidden="true"' in svg
    assert "xmlns" not in svg


def test_unknown_icon_is_an_error():
    with pytest.raises(IconDoesNotExist):
        render("{% icon 'no-such-icon' %}")


def test_icon_escapes_the_class():
    assert 'class="icon &quot;&gt;&lt;b&gt;"' in ui.icon("truck", '"><b>')


@pytest.mark.parametrize("tone", list(ui.TONE_ICONS))
def test_badge_says_its_tone_by_icon_text_and_colour(tone):
    html = render("{% tone_badge tone text %}", tone=tone, text="On <hold>")
    assert f'data-tone="{tone}"' in html
    assert "<svg" in html
    assert "<span>On &lt;hold&gt;</span>" in html


def test_unknown_tone_is_an_error():
    with pytest.raises(TemplateSyntaxError, match="purple"):
        render("{% tone_badge 'purple' 'x' %}")


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (Decimal("1234.5"), "USD", "en", "$1,234.50"),
        (Decimal("-5"), "CNY", "en", "-CN¥5.00"),
        (Decimal("1234.5"), "USD", "zh-hans", "US$1,234.50"),
        (Decimal("0"), "CNY", "zh-hans", "¥0.00"),
        (Decimal("1200"), "JPY", "en", "¥1,200"),
        (None, "USD", "en", "—"),
    ],
)
def test_money(amount, currency, language, text):
    with translation.override(language):
        assert ui.money(amount, currency) == text


def test_number_has_separators():
    assert ui.number(7360) == "7,360"
    assert ui.number(0) == "0"
    assert ui.number(None) == "—"


def test_abstime_is_in_the_readers_zone_and_language():
    assert ui.abstime(NOW) == "Nov 24, 2025, 15:52"
    with translation.override("zh-hans"):
        assert ui.abstime(NOW) == "2025年11月24日 15:52"
    assert ui.abstime(None) == "—"


def test_absolute_time_names_weekday_and_zone():
    assert ui.absolute_time(NOW) == "Mon, Nov 24, 2025, 15:52 (GMT+08:00)"


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-3), "3m ago"),
        (timedelta(hours=-3), "3h ago"),
        (timedelta(days=2), "in 2d"),
    ],
)
def test_reltime(delta, text):
    html = ui.reltime(NOW + delta, NOW)
    assert f">{text}</time>" in html
    assert "(GMT+08:00)" in html


@pytest.mark.parametrize(
    ("delta", "tone", "text"),
    [
        (timedelta(days=2, hours=3, minutes=59), "neutral", "2 d 3 h left"),
        (timedelta(hours=4, seconds=1), "neutral", "4 h 0 m left"),
        (timedelta(hours=4), "warn", "4 h 0 m left"),
        (timedelta(seconds=59), "warn", "0 m left"),
        (timedelta(0), "danger", "late by 0 m"),
        (timedelta(minutes=-40), "danger", "late by 40 m"),
    ],
)
def test_countdown(delta, tone, text):
    html = ui.countdown(NOW + delta, NOW)
    assert f'data-tone="{tone}"' in html
    assert f"<span>{text}</span>" in html
    assert "<svg" in html


def test_countdown_warns_from_the_time_it_is_given():
    html = ui.countdown(NOW + timedelta(hours=9), NOW, NOW - timedelta(minutes=1))
    assert 'data-tone="warn"' in html


def test_countdown_without_a_deadline_is_a_dash():
    assert ui.countdown(None) == "—"


def test_countdown_texts_reach_the_script():
    html = render("{% countdown_texts %}")
    assert 'data-hours="{hours} h {minutes} m"' in html
    assert html.count("<svg") == 3


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("王小明", "王"),
        ("Ana Maria Souza", "AS"),
        ("ops@demo.example", "O"),
        ("", "?"),
    ],
)
def test_initials(name, letters):
    assert ui.initials(name) == letters


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("undo:/orders/undo/", "/orders/undo/"),
        ("other undo:/x/", "/x/"),
        ("undo://evil.example/", ""),
        ("undo:/\\evil.example/", ""),
        ("undo:https://evil.example/", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_undo_path_is_local(tags, expected):
    assert ui.undo_path(tags) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [("dark", "dark"), ("light", "light"), ('"><b>', "system"), ("", "system")],
)
def test_theme_is_one_of_three(cookie, expected):
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    assert render("{% theme %}", request=request) == expected


def test_theme_without_a_request():
    assert render("{% theme %}") == "system"


@dataclass
class FakePage:
    """The part of a keyset page that the pager reads."""

    next_cursor: str = ""
    previous_cursor: str = ""
    has_next: bool = False
    has_previous: bool = False


def test_pager_keeps_the_other_parameters():
    request = RequestFactory().get("/orders/", {"q": "is:overdue", "cursor": "old"})
    page = FakePage(next_cursor="new", has_next=True)
    html = render("{% pager page %}", request=request, page=page)
    assert 'href="?q=is%3Aoverdue&amp;cursor=new"' in html
    assert 'rel="prev"' not in html


def test_pager_of_a_single_page_is_nothing():
    html = render("{% pager page %}", request=RequestFactory().get("/"), page=FakePage())
    assert html.strip() == ""


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "403_csrf"])
def test_error_pages_need_no_context(name):
    html = Template(f'{{% extends "{name}.html" %}}').render(Context())
    assert "<h1>" in html
    assert 'href="/"' in html
    assert "<script>" not in html


def test_icons_of_a_list_are_drawn_once() -> None:
    icon = '{% icon "truck" %}'
    text = "{% load ui sprites %}{% icons_once %}" + 2 * icon + "{% endicons_once %}"
    html = Template(text).render(Context())
    assert html.count("<symbol ") == 1
    assert html.count('<use href="#once-0"/>') == 2
    assert html.count("<path") == Template("{% load ui %}" + icon).render(Context()).count("<path")
