"""The ways of authentication in the OpenAPI description."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from sellers.api.authentication import KeyAuthentication, PersonAuthentication


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, made in the settings: `Authorization: Bearer ful_live_…`",
        }


class PersonScheme(OpenApiAuthenticationExtension):
    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of somebody who is logged in, with `X-CSRFToken`.",
        }
