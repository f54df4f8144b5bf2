"""JSON bodies of clients that forget to say so.

Some clients of the old services send JSON without a content type, as curl's default form type, or behind a byte order
mark. Routes that declare their body with :func:`json_body` read it all the same; their OpenAPI entry comes from :func:`described`.
"""

from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError

from tandem.core.disconnect import ClientLeftError, Receive
from tandem.core.errors import InvalidInputError, UnsupportedMediaError
from tandem.core.problems import RefusedBodyError

M = TypeVar("M", bound=BaseModel)

_READ = frozenset({"", "application/json", "application/x-www-form-urlencoded", "text/plain"})


def json_body(model: type[M], *, required: bool = True) -> Callable[[Request], Awaitable[M]]:
    """Return a dependency that reads and checks the body as ``model``; an optional one that is missing counts as ``{}``.

    Raises InvalidInputError for what is not JSON, UnsupportedMediaError for a body that says to be something else
    altogether, RefusedBodyError for values that ``model`` refuses.
    """

    async def read(request: Request) -> M:
        body = await whole_body(request.receive)
        if not body and not required:
            return model()
        kind = _kind(request)
        if kind not in _READ and not kind.endswith("+json"):
            raise UnsupportedMediaError(f"this route reads application/json, not {kind[:100]}")
        if not body:
            raise InvalidInputError("the body is empty; this route reads a JSON object")
        try:
            found = orjson.loads(body.removeprefix(BOM_UTF8))
        except orjson.JSONDecodeError as error:
            raise InvalidInputError("the body is not valid JSON") from error
        if not isinstance(found, dict):
            raise InvalidInputError("the body must be a JSON object")
        try:
            return model.model_validate(found)
        except ValidationError as error:
            problems = [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]
            raise RefusedBodyError(problems) from error

    return read


def _kind(request: Request) -> str:
    for name, value in request.scope["headers"]:
        if name == b"content-type":
            return bytes(value).partition(b";")[0].strip().lower().decode("latin-1")
    return ""


async def whole_body(receive: Receive) -> bytes:
    """Return the whole body; raises ClientLeftError. Its size is bounded by BodyLimitMiddleware."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def described(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """Return the ``openapi_extra`` of a route that reads ``model`` this way."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    inlined = _inline(schema, definitions)
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": inlined}}}}


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            return _inline(definitions[reference.rpartition("/")[2]], definitions)
        return {key: _inline(value, definitions) for key, value in node.items()}
    if isinstance(node, list):
        return [_inline(value, definitions) for value in node]
    return node
