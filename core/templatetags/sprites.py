"""``{% icons_once %}…{% endicons_once %}``: icons that a list repeats are drawn once."""

import re

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_ICON = re.compile(r'<svg [^>]*?class="(icon[^"]*)"[^>]*>(.*?)</svg>', re.DOTALL)


class _Once(template.Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        drawings: dict[str, str] = {}

        def refer(found: re.Match[str]) -> str:
            css_class, drawing = found[1], found[2].strip()
            name = drawings.setdefault(drawing, f"once-{len(drawings)}")
            return (
                f'<svg class="{css_class}" aria-hidden="true" focusable="false">'
                f'<use href="#{name}"/></svg>'
            )

        body = _ICON.sub(refer, self.nodelist.render(context))
        symbols = "".join(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{drawing}</symbol>'
            for drawing, name in drawings.items()
        )
        return mark_safe(f"<svg hidden>{symbols}</svg>{body}")  # noqa: S308 - rendered above


@register.tag
def icons_once(parser: Parser, token: Token) -> _Once:
    """Replace the icons in between by references, and draw each once before them. A page of fifty
    rows is then a third lighter. Once a page; not inside of a table."""
    nodelist = parser.parse(("endicons_once",))
    parser.delete_first_token()
    return _Once(nodelist)
