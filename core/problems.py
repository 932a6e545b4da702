"""problem+json (RFC 9457) for everything below ``/api/`` that goes wrong.

``exception_handler`` answers what API views raise. ``ProblemMiddleware`` answers what never reached
a view or came out of one as a page: unknown routes, refused hosts, crashes.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django_structlog.signals import bind_extra_request_metadata
from rest_framework import exceptions

from core.errors import DomainError, FieldError, Invalid, NotFound, Refused, Text

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
API_ROOT = "/api/"
MAX_ERRORS = 100

#: lock_not_available, query_canceled (statement time-out), deadlock, serialisation failure
_BUSY = {"55P03", "57014", "40P01", "40001"}

#: What an error without words of its own says: status → (code, title, what to do).
_WORDS: Mapping[int, tuple[str, Text, Text]] = {
    400: ("malformed", _("Malformed request"), _("The request cannot be read.")),
    401: (
        "unauthenticated",
        _("Not authenticated"),
        _("Send an API key: “Authorization: Bearer KEY”."),
    ),
    403: ("forbidden", _("You may not do this"), _("You may not do this.")),
    404: ("not_found", _("Not found"), _("There is nothing here.")),
    405: ("method_not_allowed", _("Method not allowed"), _("This address takes other methods.")),
    406: ("not_acceptable", _("Not acceptable"), _("The API answers JSON only.")),
    413: ("too_large", _("Too large"), _("The request is too large. Send it in parts.")),
    415: (
        "unsupported_media_type",
        _("Unsupported media type"),
        _("Send JSON with “Content-Type: application/json”."),
    ),
    429: ("too_many_requests", _("Too many requests"), _("Wait a little, then try again.")),
    500: (
        "internal_error",
        _("Something went wrong here"),
        _("This is our fault. Quote the request id when you ask for help."),
    ),
    503: ("busy", _("Busy"), _("Somebody else is working on the same rows. Try again.")),
}


class RefusedInState(Refused):
    """A refusal together with the state it follows from: members of the problem such as ``stage``
    and ``allowed_actions``."""

    def __init__(self, refused: Refused, **state: Any) -> None:
        super().__init__(refused.detail, code=refused.code)
        self.state = state


def problem(
    request: HttpRequest,
    status: int,
    *,
    code: str = "",
    title: Text = "",
    detail: Text = "",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """An answer of ``application/problem+json``. What is not given follows from the status."""
    words = _WORDS.get(status) or _WORDS[500 if status >= 500 else 400]
    if status not in _WORDS and not title:
        words = (code or "error", HTTPStatus(status).phrase, detail or HTTPStatus(status).phrase)
    code = code or words[0]
    body: dict[str, Any] = {
        "type": f"urn:fulfillment:problem:{code}",
        "title": str(title or words[1]),
        "status": status,
        "detail": str(detail or words[2]),
        "instance": request.path,
        "code": code,
        "request_id": getattr(request, "request_id", ""),
    }
    if errors:
        body["errors"] = [field_error(e) for e in errors[:MAX_ERRORS]]
    return JsonResponse(
        body | more, status=status, content_type=CONTENT_TYPE, headers=dict(headers or {})
    )


def field_error(error: FieldError) -> dict[str, str]:
    """One wrong place: a pointer into the body, or the name of a query parameter."""
    in_body = not error.pointer or error.pointer.startswith("/")
    place = {"pointer": f"#{error.pointer}"} if in_body else {"parameter": error.pointer}
    return {"detail": str(error.detail), **place, "code": error.code}


@receiver(bind_extra_request_metadata)
def keep_request_id(request: HttpRequest, **kwargs: object) -> None:
    """Keep the id that the log lines of this request carry for as long as the request lives."""
    found = structlog.contextvars.get_contextvars().get("request_id", "")
    request.request_id = found  # type: ignore[attr-defined]


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """What an API view raised as a problem; ``None`` for what nobody expected (that is a 500)."""
    request: HttpRequest = context["request"]._request
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, DomainError):
        found = error.errors if isinstance(error, Invalid) else ()
        state = error.state if isinstance(error, RefusedInState) else {}
        return problem(
            request,
            error.status,
            code=error.code,
            title=error.title,
            detail=error.detail,
            errors=found,
            **state,
        )
    if isinstance(error, exceptions.APIException):
        return _from_framework(request, error)
    if isinstance(error, PermissionDenied):
        return problem(request, 403)
    if isinstance(error, RequestDataTooBig):
        return problem(request, 413)
    if isinstance(error, SuspiciousOperation):
        return problem(request, 400)
    if isinstance(error, OperationalError) and _pgcode(error) in _BUSY:
        logger.warning("api_busy", extra={"pgcode": _pgcode(error)})
        return problem(request, 503, headers={"Retry-After": "1"})
    return None


def _from_framework(request: HttpRequest, error: exceptions.APIException) -> HttpResponse:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    code, detail = "", ""
    if isinstance(error, exceptions.ParseError | exceptions.AuthenticationFailed):
        detail = str(error.detail)
    if isinstance(error, exceptions.AuthenticationFailed):
        code = "invalid_key"
    elif isinstance(error, exceptions.PermissionDenied):
        code, detail = "csrf", str(error.detail)
    return problem(request, error.status_code, code=code, detail=detail, headers=headers)


def _pgcode(error: OperationalError) -> str | None:
    return getattr(error.__cause__, "pgcode", None)


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """The view of every address below ``/api/`` that is none."""
    return problem(request, 404)


class ProblemMiddleware:
    """Turns error pages below ``/api/`` into problems. Stands outside of all that may make one, and
    inside of the middleware that chooses the language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path.startswith(API_ROOT) or response.status_code < 400:
            return response
        if response.headers.get("Content-Type") == CONTENT_TYPE:
            return response
        kept = {
            name: response.headers[name]
            for name in ("Allow", "Retry-After", "WWW-Authenticate")
            if name in response.headers
        }
        return problem(request, response.status_code, headers=kept)
