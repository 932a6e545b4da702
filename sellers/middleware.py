"""What every request gets before a view sees it: the person's language and time zone."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone, translation

from sellers.models import User
from sellers.zones import zone_of

Next = Callable[[HttpRequest], HttpResponseBase]


class PreferencesMiddleware:
    """Activates the language and the time zone that the person has chosen.

    ``LocaleMiddleware`` has looked at the cookie and Accept-Language before; these count for
    people who are not logged in or never chose.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.languages = dict(settings.LANGUAGES)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, User):
            if request.user.language in self.languages:
                translation.activate(request.user.language)
                request.LANGUAGE_CODE = translation.get_language()
            timezone.activate(zone_of(request.user.time_zone) or timezone.get_default_timezone())
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


class SignedOutMiddleware:
    """Answers a fragment request with 401 when its session has ended, instead of showing the login
    inside the fragment. The page then says so (``net.js``): what was typed stays where it is."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        htmx = getattr(request, "htmx", None)
        if htmx and response.status_code == 302:
            login = resolve_url(settings.LOGIN_URL)
            if response.headers.get("Location", "").partition("?")[0] == login:
                return HttpResponse(status=401)
        return response
