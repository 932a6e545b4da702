"""What a page says and where it leads, read without a browser."""

from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

_NOT_READ = {"script", "style", "template", "svg", "code", "kbd"}
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
_SAID_BY_SCRIPT = ("data-confirm", "data-text", "data-copied")
_SAID = ("alt", "title", "aria-label", "placeholder", "data-label")


@dataclass(frozen=True)
class Text:
    """A text of a page with the element and the attribute that it stands in."""

    text: str
    element: str
    attribute: str = ""


@dataclass
class Form:
    """A form that is posted, with what is filled in without anybody's doing."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)


@dataclass
class Document(HTMLParser):
    """Texts, links and headings of one HTML document."""

    texts: list[Text] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    language: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, bool]] = []  # element, whether its text is not for reading

    @classmethod
    @lru_cache(maxsize=1024)  # several tests read a page, and reading takes as long as rendering
    def of(cls, html: str) -> "Document":
        document = cls()
        document.feed(html)
        document.close()
        return document

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        hidden = self._hidden or tag in _NOT_READ or found.get("translate") == "no"
        # What is written in another language on purpose says so.
        hidden = hidden or (tag != "html" and "lang" in found)
        if tag == "html":
            self.language = found.get("lang", "")
        if tag == "h1":
            self.headings.append("")
        for name in ("href", "hx-get") if tag not in ("link", "base") else ():
            if name in found:
                self.links.append(found[name])
        if tag == "form" and found.get("method", "get").lower() == "get" and "action" in found:
            self.links.append(found["action"])
        if tag == "form" and found.get("method", "").lower() == "post":
            self.forms.append(Form(found.get("action", "").partition("?")[0]))
        if tag == "input" and found.get("type") == "hidden" and self.forms and "name" in found:
            self.forms[-1].hidden[found["name"]] = found.get("value", "")
        if not hidden or tag == "svg":
            for name in _SAID:
                if found.get(name):
                    self.texts.append(Text(found[name].strip(), tag, name))
            if tag == "input" and found.get("type") in ("submit", "button"):
                self.texts.append(Text(found.get("value", ""), tag, "value"))
            for name, value in found.items():
                if name.startswith(_SAID_BY_SCRIPT) and not name.endswith("-variant") and value:
                    self.texts.append(Text(value.strip(), tag, name))
        if tag not in _VOID:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        if not self._open or not data.strip():
            return
        element = self._open[-1][0]
        if element == "title" and "svg" not in (tag for tag, _ in self._open):
            self.title += data.strip()
        if "h1" in (tag for tag, _ in self._open):
            self.headings[-1] += data
        if not self._hidden:
            self.texts.append(Text(" ".join(data.split()), element))

    @property
    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]
