"""Large answers of numbers, written without a schema between them and the bytes."""

from typing import Any

import orjson
from fastapi.responses import Response


def written(value: Any) -> Response:
    """Return ``value`` (with NumPy arrays in it, if need be) as JSON; NaN and infinity, which JSON has not, as null."""
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")
