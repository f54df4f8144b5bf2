"""Answers of a language model, made from the schema that it is asked to keep to."""

import json
from typing import Any

from tandem.pomodoro.ai.kind import AnyKind
from tandem.pomodoro.ai.strict_schema import strict_schema

CZECH = "Dnes se soustřeďte na to, co je opravdu důležité."
ENGLISH = "Give your attention to what really matters today."
CATEGORIES = ("REST API", "Database", "Learning", "Other", "Frontend", "Job Hunting")


def draft(kind: AnyKind, text: str = CZECH, **changes: Any) -> str:
    """Return a JSON text that fits the draft of ``kind``, every prose being ``text``; ``changes`` replace keys."""
    schema = strict_schema(kind.draft, {"category": CATEGORIES, "fresh": CATEGORIES})
    return json.dumps(_made(schema, text) | changes, ensure_ascii=False)


def _made(schema: dict[str, Any], text: str) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _made(schema["anyOf"][0], text)
    match schema["type"]:
        case "object":
            return {name: _made(inner, text) for name, inner in schema["properties"].items()}
        case "array":
            return [_made(schema["items"], text)] * max(1, schema.get("minItems", 1))
        case "boolean":
            return True
        case _:
            return text
