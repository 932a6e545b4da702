"""What must never happen while a page is open."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

from site_tests.site import Site

#: Chromium's own line about an answer; answers are judged by their status.
_ANSWER = "Failed to load resource"
_HARMLESS = {"net::ERR_ABORTED"}  # left for another page while it was under way


class Watch:
    """Notes errors of scripts, requests to others, missing policies and bad answers."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.site = site
        self.begin()
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def begin(self) -> None:
        """Forget what was before."""
        self.problems: list[str] = []
        #: Answers from 400 on that the test means to get.
        self.expected: set[int] = set()
        #: Whether the test cuts the connection itself.
        self.forgive = False

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_ANSWER):
            where = message.page.url if message.page else "?"
            self.problems.append(f"{where}: console {message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"script error: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site.url + "/", "data:", "blob:")):
            self.problems.append(f"request to another host: {request.url}")
        if request.method not in ("GET", "HEAD"):
            self.site.changed = True

    def _failed(self, request: Request) -> None:
        if request.failure not in _HARMLESS and not self.forgive:
            self.problems.append(f"{request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.problems.append(f"{response.url}: answered {response.status}; {self.site.log}")
        if response.headers.get("content-type", "").startswith("text/html"):
            policy = response.headers.get("content-security-policy", "")
            if "default-src 'none'" not in policy or "'unsafe-" in policy:
                self.problems.append(f"{response.url}: content security policy is {policy!r}")
