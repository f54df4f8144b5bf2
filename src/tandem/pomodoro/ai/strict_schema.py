"""The JSON schema of a draft as providers with structured output want it."""

from collections.abc import Mapping
from typing import Any, Final

from tandem.pomodoro.ai.prose import Draft

_LEFT_OUT: Final = frozenset({"title", "default", "description", "examples"})


def strict_schema(draft: type[Draft], choices: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return the schema without references: every key required, no other allowed, choices as enums."""
    schema = draft.model_json_schema()
    strict: dict[str, Any] = _strict(schema, schema.get("$defs", {}), choices)
    return strict


def _strict(node: Any, definitions: Mapping[str, Any], choices: Mapping[str, tuple[str, ...]]) -> Any:
    if isinstance(node, list):
        return [_strict(each, definitions, choices) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _strict(definitions[node["$ref"].rpartition("/")[2]], definitions, choices)
    if "choices" in node:
        return {"type": "string", "enum": list(choices.get(node["choices"], ()))}
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            made[key] = {name: _strict(inner, definitions, choices) for name, inner in value.items()}
        elif key != "$defs" and key not in _LEFT_OUT:
            made[key] = _strict(value, definitions, choices)
    if "properties" in made:
        made |= {"required": list(made["properties"]), "additionalProperties": False}
    return made
