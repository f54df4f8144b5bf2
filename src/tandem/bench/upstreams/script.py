"""How one request is to be answered: what is configured, and what the request itself wishes."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import parse_qsl

FAULTS: Final = frozenset({
    "refused",    # the connection is closed before a byte is sent
    "reset",      # it is closed in the middle of the headers
    "mute",       # nothing is ever sent
    "slow",       # the headers come byte by byte
    "garbage",    # what is sent is not HTTP
    "status",     # the status of `status`, with an error object and Retry-After
    "redirect",   # 307 to somewhere else
    "type",       # HTML with status 200
    "malformed",  # something that is not JSON; in a stream after `after` tokens
    "half",       # half of the JSON, properly framed
    "cut",        # the connection is closed in the middle of the body
    "broken",     # the connection is closed after `after` tokens
    "silence",    # nothing more after `after` tokens
    "error",      # an error object with `status`, in a stream after `after` tokens
    "no_done",    # a stream ends without [DONE]
    "no_finish",  # a stream ends after `after` tokens as if it were complete
    "no_choices", # an answer with an empty list of choices
    "null",       # null where the content belongs
    "shape",      # JSON of another shape
    "flood",      # an event without end
    "schema",     # content that fits no schema that was asked for
})  # fmt: skip
_STATUS_FAULTS: Final = frozenset(
    {"400", "401", "402", "403", "404", "408", "413", "429", "500", "502", "503", "529"}
)


@dataclass(frozen=True, slots=True)
class Script:
    """The answer to one request. A wish is written ``latency=2,tokens=100,fault=silence,after=3``.

    It may stand in the header ``X-Upstream``, in the query, or in the model's name behind a ``#``.
    """

    latency: float = 0.0
    """Seconds to the first token."""
    rate: float = 0.0
    """Tokens per second; 0 sends all at once."""
    tokens: int = 20
    """Tokens of the answer."""
    usage: bool = True
    """Whether usage is told when it is asked for."""
    content: str = ""
    """The answer itself, word by word, instead of filler."""
    answers: tuple[str, ...] = ()
    """Contents of one request after another for a model name, the last one for all further ones; cannot be wished."""
    comments: int = 0
    """Heartbeat comments sent before the first token."""
    call: bool = False
    """Whether the answer is a call of the first tool."""
    document: bool = False
    """Whether a wish to stream is ignored."""
    fault: str = ""
    """One of FAULTS, empty for none."""
    status: int = 500
    """Of the faults ``status`` and ``error``."""
    retry_after: str = ""
    """The header of the fault ``status``; ``1`` for 429 unless given."""
    after: int = 3
    """Tokens sent before a fault in the middle."""
    first: int = 0
    """The fault is for the first so many requests for this model name; 0: for all."""

    def wished(self, wishes: str) -> "Script":
        """Return this script with ``wishes`` in it; raises ValueError for what cannot be wished."""
        changes: dict[str, Any] = {}
        for wish in filter(None, (part.strip() for part in wishes.split(","))):
            name, _, value = wish.partition("=")
            changes |= _change(name.strip(), value.strip())
        return replace(self, **changes) if changes else self

    def for_request(self, model: str, headers: Mapping[str, str], query: str) -> "Script":
        """Return the script for a request with these wishes; raises ValueError."""
        script = self
        if "#" in model:
            script = script.wished(model.partition("#")[2])
        if query:
            script = script.wished(",".join(f"{name}={value}" for name, value in parse_qsl(query)))
        return script.wished(headers["x-upstream"]) if "x-upstream" in headers else script

    def drawn(self, chances: Mapping[str, float], dice: random.Random) -> "Script":
        """Return the script with a fault drawn by its probability, unless it has one."""
        if self.fault or not chances:
            return self
        drawn = dice.random()
        for fault, chance in chances.items():
            drawn -= chance
            if drawn < 0:
                return replace(self, **_change("fault", fault))
        return self


_KINDS: Final[dict[str, type]] = {field.name: type(getattr(Script(), field.name)) for field in fields(Script)}


def _change(name: str, value: str) -> dict[str, Any]:
    if name == "fault":
        if value in _STATUS_FAULTS:
            return {"fault": "status", "status": int(value)}
        if value and value not in FAULTS:
            raise ValueError(f"there is no fault {value!r}")
        return {"fault": value}
    kind = _KINDS.get(name)
    if kind is None or kind is tuple:
        raise ValueError(f"{name!r} cannot be wished")
    return {name: value.lower() in {"1", "true", "yes", "on"} if kind is bool else kind(value)}
