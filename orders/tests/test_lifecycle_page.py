"""The drawn lifecycle is the one in the table."""

from django.conf import settings

from orders.lifecycle_page import page


def test_the_page_is_what_the_table_says() -> None:
    written = (settings.BASE_DIR / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert written == page(), "run manage.py lifecycle_page"
