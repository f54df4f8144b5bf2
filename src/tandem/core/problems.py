"""How errors look on the wire: always JSON with ``error``, ``code`` and ``request_id``."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from fastapi import FastAPI, Request, params
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from tandem.core.auth.access import PROBES
from tandem.core.disconnect import ClientLeftError
from tandem.core.errors import InvalidInputError, OperationalError, TandemError, TooManyRequestsError
from tandem.core.middleware.cached_routes import CachedRoutes
from tandem.core.observability import tracing
from tandem.core.observability.logger import get_logger

log = get_logger(__name__)

CODES = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    406: "not_acceptable", 409: "conflict", 410: "gone", 411: "length_required", 413: "too_large",
    415: "unsupported_media_type", 422: "invalid_input", 429: "too_many_requests", 503: "unavailable",
}  # fmt: skip

_SIZES = {
    "too_short": "must have at least {min_length} {unit}",
    "too_long": "must have at most {max_length} {unit}",
}
"""Said without the library's stages of validation."""

_OBJECTS = {"dict_type", "model_type", "model_attributes_type", "dataclass_type"}
"""What the library says of these names classes of ours."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

OPENAI_API = "/v1/"
"""Below this prefix an error has the shape that OpenAI's clients read."""

NEW_API = "/api/v1/"
"""Below this prefix an invalid value is 422, as FastAPI's users expect; 400 elsewhere, as the contract says."""


class Problem(BaseModel):
    """The body of every error."""

    error: str = Field(
        description="What went wrong, for people.", examples=["duration_minutes: must be 1-1440"]
    )
    code: str = Field(
        description="Stable name of the kind of error, for programs.", examples=["invalid_input"]
    )
    request_id: str = Field(description="Also in the log and in `X-Request-ID`.", examples=["b1d8…"])


TEXTS = {
    400: "A value is malformed or out of range", 404: "There is no such thing", 409: "It contradicts what is stored",
    402: "A budget of the user or the key is spent", 401: "There is no API key, or it is not valid", 403: "The key may not do this", 413: "The body is too large", 415: "The body is of another media type", 422: "A value is malformed or out of range",
    429: "The caller has used up what one caller may ask for now; `Retry-After` says when to try again",
    502: "No provider could answer", 503: "A part that is needed is out of reach; `Retry-After` says when to try again",
    504: "No provider answered in time",
}  # fmt: skip


ONLY_IF_CACHED = "`Cache-Control: only-if-cached`, and no current answer is kept"
"""When a route whose answers are kept says 504."""


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare the errors of a route for OpenAPI."""
    return {status: {"model": Problem, "description": TEXTS[status]} for status in statuses}


def body(message: str, code: str, **extra: Any) -> dict[str, Any]:
    """Return an error body for the current request."""
    return {**extra, "error": message, "code": code, "request_id": tracing.current().request_id}


def answer(
    request: Request, status: int, content: dict[str, Any], headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return an error body as the API of the request's path spells it."""
    if request.url.path.startswith(OPENAI_API):
        details = {name: value for name, value in content.items() if name != "error"}
        content = {"error": {"message": content["error"], "type": content["code"], "param": None, **details}}
    return JSONResponse(content, status, headers)


OPENAI_SCHEMA: dict[str, Any] = {
    "type": "object", "required": ["error"],
    "properties": {
        "error": {
            "type": "object", "required": ["message", "type", "code"],
            "properties": {name: {"type": ["string", "null"]} for name in ("message", "type", "param", "code")},
        }
    },
}  # fmt: skip
"""The body of an error as :func:`answer` spells it for OpenAI's clients."""


class RefusedBodyError(RequestValidationError):
    """A body that was read as JSON, whatever its content type said, and whose values were refused."""


def install(app: FastAPI) -> None:
    """Make ``app`` answer every kind of error with JSON."""
    app.add_exception_handler(TandemError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientLeftError, _left)
    _describe(app)


def _describe(app: FastAPI) -> None:
    """Have the OpenAPI document tell the status that an invalid value really gets, with our error body."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _tell_the_truth(generate(), {route.path for route in CachedRoutes(app).all})
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _tell_the_truth(document: dict[str, Any], kept: Collection[str]) -> None:
    """Name the errors that any route may answer with: no route declares what the layers above it refuse.

    ``kept`` are the paths whose answers to GET are cached.
    """
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema())
    schemas["OpenAIProblem"] = OPENAI_SCHEMA
    for path, methods in document.get("paths", {}).items():
        for method, operation in methods.items():
            answers = operation["responses"]
            kind = "OpenAIProblem" if path.startswith(OPENAI_API) else "Problem"
            content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind}"}}}
            for status in _refused_above(path, operation):
                answers.setdefault(str(status), {"description": TEXTS[status], "content": content})
            if method == "get" and path in kept:
                answers.setdefault("504", {"description": ONLY_IF_CACHED, "content": content})
            if kind == "OpenAIProblem":
                for status, told in answers.items():
                    if status >= "4":
                        told["content"] = content
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)


def _refused_above(path: str, operation: dict[str, Any]) -> list[int]:
    """Return the statuses of an operation that its route does not declare; takes away the framework's own 422."""
    found = []
    if operation["responses"].pop("422", None) is not None:
        found.append(422 if path.startswith(NEW_API) else 400)
    if "requestBody" in operation:
        found += [400, 413, 415]
    if f"GET {path}" not in PROBES:
        # Who needs a key may show none, or come while nobody can tell whether it is good.
        found += [401, 503]
    if "health" not in operation.get("tags", ()):
        found += [403, 429]
    return found


async def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TandemError)  # noqa: S101 - registered for this type only
    headers = {}
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, OperationalError):
        headers["Retry-After"] = str(error.retry_after)
        log.event("OPERATIONAL_ERROR", error.message, level="WARNING", context={"code": error.code})
    status = error.status
    if isinstance(error, InvalidInputError):
        status = _status_of_invalid(request)
    return answer(request, status, body(error.message, error.code, **error.extra), headers)


async def _left(request: Request, _: Exception) -> Response:
    """Read only by who closed no more than their own side, or broke off in a chunk; metrics tell it from an answer."""
    return answer(request, 499, body("the connection ended before the request did", "client_left"))


def _status_of_invalid(request: Request) -> int:
    return 422 if request.url.path.startswith(NEW_API) else 400


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    problems = error.errors()
    in_body = any(problem["loc"] and problem["loc"][0] == "body" for problem in problems)
    wanted = _media_type(request)
    if in_body and not isinstance(error, RefusedBodyError) and not _is_readable(request, wanted):
        kind = request.headers.get("content-type") or "none"
        message = f"this route reads {wanted}, not {kind[:100]}"
        return answer(request, 415, body(message, "unsupported_media_type"))
    status = _status_of_invalid(request)
    details = [{"field": _field(p["loc"]), "problem": _text(p)} for p in problems[:20]]
    message = "; ".join(f"{d['field']}: {d['problem']}" if d["field"] else d["problem"] for d in details[:5])
    return answer(request, status, body(message, "invalid_input", details=details))


def _media_type(request: Request) -> str:
    route = request.scope.get("route")
    fields = _body_fields(route.dependant) if isinstance(route, APIRoute) else ()
    form = any(isinstance(field.field_info, params.Form) for field in fields)
    return "multipart/form-data" if form else "application/json"


def _body_fields(dependant: Dependant) -> Iterator[Any]:
    """Yield what a route reads from its body, itself and through its dependencies."""
    yield from dependant.body_params
    for inner in dependant.dependencies:
        yield from _body_fields(inner)


def _is_readable(request: Request, wanted: str) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if wanted == "application/json":
        return kind == wanted or kind.endswith("+json")
    return kind in (wanted, "application/x-www-form-urlencoded")


def _field(location: Sequence[int | str]) -> str:
    parts = [str(part) for part in location if part not in ("body", "query", "path", "header")]
    return ".".join(parts) if not (len(parts) == 1 and parts[0].isdigit()) else ""


def _text(problem: dict[str, Any]) -> str:
    if problem["type"] == "json_invalid":
        return "the body is not valid JSON"
    text = str(problem["msg"])
    if "UploadFile" in text:
        return "must be a file"
    if problem["type"] in _OBJECTS:
        return "must be a JSON object"
    if problem["type"] in _SIZES:
        unit = "character(s)" if isinstance(problem.get("input"), str) else "item(s)"
        return _SIZES[problem["type"]].format(**problem["ctx"], unit=unit)
    return text.removeprefix("Value error, ")


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    message = str(error.detail)
    if error.status_code == 404 and message == "Not Found":
        message = "there is no such route"
    headers = dict(error.headers or {})
    if error.status_code == 405:
        message = "this route does not take that method"
        headers["Allow"] = ", ".join(_allowed(request))
    code = CODES.get(error.status_code, "error")
    return answer(request, error.status_code, body(message, code), headers)


def _allowed(request: Request) -> list[str]:
    """Return the methods that the path takes; the router itself names only those of its first route."""
    return [
        method for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]  # fmt: skip
