"""The OpenAPI description: the scope of each call, and problems for everything that goes wrong."""

from collections.abc import Callable, Sequence
from functools import cache
from inspect import cleandoc
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from core.problems import CONTENT_TYPE

View = TypeVar("View", bound=Callable[..., Any])


class ProblemErrorSerializer(serializers.Serializer[Any]):
    """One wrong place: a JSON pointer into the body, or the name of a query parameter."""

    detail = serializers.CharField()
    pointer = serializers.CharField(required=False)
    parameter = serializers.CharField(required=False)
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. ``stage`` (or ``state``) and ``allowed_actions`` come with a refusal (409)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = ProblemErrorSerializer(many=True, required=False)  # type: ignore[assignment]
    stage = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    allowed_actions = serializers.ListField(child=serializers.CharField(), required=False)


class Schema(AutoSchema):
    """Adds to every operation what all of them share."""

    def get_description(self) -> str:  # type: ignore[override]
        text = cleandoc(getattr(self.view, self.method.lower()).__doc__ or "")
        scope = getattr(self.view, "scopes", {}).get(self.method)
        if not scope:
            return text
        names = [scope] if isinstance(scope, str) else scope
        return f"{text}\n\nScope: {' or '.join(f'`{name}`' for name in names)}.".strip()

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if hasattr(self.view, "scopes"):
            bodies["default"] = self._get_response_for_code(
                ProblemSerializer, "default", media_types=[CONTENT_TYPE], direction=direction
            )
            bodies["default"]["description"] = "A problem (RFC 9457)"
        return bodies


@cache
def list_of(item: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The envelope of a list of ``item``."""
    return type(
        f"{item.__name__.removesuffix('Serializer')}ListSerializer",
        (serializers.Serializer,),
        {
            "__doc__": "One page of a list.",
            "object": serializers.ChoiceField(choices=["list"]),
            "data": item(many=True),
            "has_more": serializers.BooleanField(),
            "next_cursor": serializers.CharField(allow_null=True),
        },
    )


def describe(
    summary: str,
    *,
    answers: Any,
    body: Any = None,
    query: Any = None,
    tag: str,
    name: str,
    parameters: Sequence[OpenApiParameter] = (),
) -> Callable[[View], View]:
    """Describe one method of a view. ``answers`` is a serializer, or status → serializer."""
    extra: list[Any] = [query] if query is not None else []
    return extend_schema(
        summary=summary,
        operation_id=name,
        tags=[tag],
        request=body,
        responses=answers,
        parameters=[*extra, *parameters],
    )
