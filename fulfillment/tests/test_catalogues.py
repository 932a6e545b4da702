from pathlib import Path

import pytest

from fulfillment import catalogues

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy
A = _("Ship")
B = ngettext("%(count)d order", "%(count)d orders", 2)
C = pgettext_lazy("stage", "Packed")
D = print("Not for people")
"""
TEMPLATE = """
<div>
      <h1 title="{% translate 'Open orders' %}">{{ _("Today") }}</h1>
  {% translate "Packed" context "stage" %}
    {% blocktranslate trimmed count n=rows|length with shop=seller.name %}
      One row of {{ shop }}
    {% plural %}
      {{ n }} rows of {{ shop }}
    {% endblocktranslate %}
</div>
"""
PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Ship"
msgstr "发货"

msgid "Gone"
msgstr "没了"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "orders" / "tests").mkdir(parents=True)
    (tmp_path / "orders" / "apps.py").write_text(PYTHON)
    (tmp_path / "orders" / "tests" / "test_x.py").write_text("_('Only in a test')")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    path = catalogues.catalogue_path(tmp_path, "zh_Hans")
    path.parent.mkdir(parents=True)
    path.write_text(PO, encoding="utf-8")
    return tmp_path


def test_strings_of_python_and_templates_are_found(project) -> None:
    found = {(message.context, message.id) for message in catalogues.extract_all(project)}
    assert found - {(None, "")} == {
        (None, "Ship"),
        (None, ("%(count)d order", "%(count)d orders")),
        ("stage", "Packed"),
        (None, "Open orders"),
        (None, "Today"),
        (None, ("One row of %(shop)s", "%(n)s rows of %(shop)s")),
    }


def test_an_update_keeps_translations_and_drops_what_is_unused(project) -> None:
    catalogues.update(project, "zh_Hans")
    text = catalogues.catalogue_path(project, "zh_Hans").read_text(encoding="utf-8")
    catalogue = catalogues.read(catalogues.catalogue_path(project, "zh_Hans"), "zh_Hans")
    assert catalogue.get("Ship").string == "发货"
    assert catalogue.get("Today").string == ""
    assert "没了" not in text


def test_an_update_without_news_changes_nothing(project) -> None:
    path = catalogues.catalogue_path(project, "zh_Hans")
    catalogues.update(project, "zh_Hans")
    before = path.read_bytes()
    catalogues.update(project, "zh_Hans")
    assert path.read_bytes() == before


def test_the_check_lists_what_is_missing_and_what_is_stale(project) -> None:
    lines = catalogues.problems(project, "zh_Hans")
    assert "zh_Hans: not in the catalogue: 'Today' (templates/page.html)" in lines
    assert "zh_Hans: no longer used: 'Gone'" in lines
    assert len(lines) == 6
    catalogues.update(project, "zh_Hans")
    lines = catalogues.problems(project, "zh_Hans")
    assert "zh_Hans: not translated: 'Today' (templates/page.html)" in lines
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("source", "translation", "fault"),
    [
        ("%(n)s left", "剩 %(n)s", None),
        ("%(n)s left", "剩余", "placeholder missing (%(n)s)"),
        ("{name} is late", "{name} 迟到", None),
        ("{name} is late", "{nome} 迟到", "placeholder missing ({name})"),
        ("100%% of {x}", "{x} 的 100%%", None),
        ("Late", "%(n)s 迟到", "unknown placeholder (%(n)s)"),
        ("Late", "", "not translated"),
        (("%(n)s day", "%(n)s days"), ("%(n)s 天",), None),
        (("%(n)s day", "%(n)s days"), ("天",), "placeholder missing (%(n)s)"),
        (("One day", "%(n)s days"), ("%(n)s 天",), None),
    ],
)
def test_placeholders_must_survive_translation(source, translation, fault) -> None:
    message = catalogues.Message(source, translation)
    assert (catalogues.faults(message) or [None])[0] == fault


def test_a_compiled_catalogue_is_made_again_only_when_the_source_is_newer(
    project, monkeypatch
) -> None:
    catalogues.compile_all(project)
    compiled = catalogues.catalogue_path(project, "zh_Hans").with_suffix(".mo")
    assert "发货".encode() in compiled.read_bytes()
    compiled.write_bytes(b"as it was")
    catalogues.compile_all(project)
    assert compiled.read_bytes() == b"as it was"


@pytest.mark.parametrize("locale", catalogues.LOCALES)
def test_every_string_of_the_product_is_translated(locale) -> None:
    assert catalogues.problems(catalogues.ROOT, locale) == []
