"""Keeps secrets and people's words out of the log.

Two ways of looking: at keys (``{"api_key": ...}``, ``{"notes": ...}``), word by word, so that
``total_tokens`` and ``prompt_length`` stay readable; and at text, for secrets that got into a message or a
traceback (DSN passwords, bearer tokens, key shapes, the rows that PostgreSQL quotes in its errors). What is
left is plain JSON of bounded size. Looking at text is a safety net with holes: nothing secret should be
formatted into a message in the first place.
"""

import itertools
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final, Literal

REDACTED: Final = "[redacted]"
CUT: Final = "..."

LONGEST_TEXT: Final = 2_000
"""Characters kept of one value."""
MOST_ITEMS: Final = 50
"""Entries kept of one object or list."""
DEEPEST: Final = 6
"""Levels of nesting that are looked at."""

_SECRET_WORDS: Final = frozenset({
    "authorization", "password", "passwd", "passphrase", "pwd", "secret", "secrets", "cookie", "cookies", "token",
    "credential", "credentials", "apikey", "privatekey", "accesskey", "signature",
})  # fmt: skip
_CONTENT_WORDS: Final = frozenset({
    "notes", "note", "task", "tasks", "prompt", "prompts", "content", "text", "texts", "messages", "query",
    "question", "answer", "response", "completion", "transcript", "briefing",
})  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

Kind = Literal["secret", "content", "open"]


def redact(value: object, depth: int = 0) -> object:
    """Return ``value`` as plain JSON data without secrets and without people's texts, cut to a bounded size."""
    if isinstance(value, Mapping):
        return _redact_mapping(value, depth) if depth < DEEPEST else CUT
    if isinstance(value, list | tuple | set | frozenset):
        return _redact_items(value, depth) if depth < DEEPEST else CUT
    return _redact_one(value)


def _redact_one(value: object) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    return scrub(str(value))


def _redact_items(items: Collection[object], depth: int) -> list[object]:
    kept = [redact(item, depth + 1) for item in itertools.islice(items, MOST_ITEMS)]
    return [*kept, CUT] if len(items) > MOST_ITEMS else kept


def _redact_mapping(mapping: Mapping[object, object], depth: int) -> dict[str, object]:
    kept: dict[str, object] = {}
    for key, value in mapping.items():
        if len(kept) >= MOST_ITEMS:
            kept[CUT] = len(mapping) - MOST_ITEMS
            break
        name = str(key)[:100]
        kind = kind_of(name)
        # A flag or the lack of a value gives nothing away, nor does the size of a text.
        if value is None or isinstance(value, bool) or kind == "open":
            kept[name] = redact(value, depth + 1)
        elif kind == "content" and isinstance(value, int | float):
            kept[name] = value
        else:
            kept[name] = REDACTED
    return kept


@lru_cache(maxsize=1024)
def kind_of(key: str) -> Kind:
    """Tell whether what stands under ``key`` is a secret, a person's or a model's words, or neither."""
    words = [word.lower() for word in _WORD.findall(key)]
    pairs = {first + second for first, second in itertools.pairwise(words)}
    if not _SECRET_WORDS.isdisjoint(words) or not _SECRET_WORDS.isdisjoint(pairs):
        return "secret"
    return "content" if not _CONTENT_WORDS.isdisjoint(words) else "open"


_NAMED = (
    r"(?:password|passwd|passphrase|pwd|secret|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|token(?!s)"
    r"|credentials?)"
)
_TEXTUAL = r"(?:notes?|tasks?|(?:system_|user_)?prompt|content|query)"
_QUOTED = r"""(?:"(?:[^"\\]|\\.){0,4000}"|'(?:[^'\\]|\\.){0,4000}')"""
_KEY_PREFIXES = ("sk", "pk", "rk", "gsk", "hf", "ghp", "gho", "github_pat", "xoxa", "xoxb", "xoxp", "tdm")

_Pattern = tuple[tuple[str, ...], re.Pattern[str], str]


def _pattern(needed: tuple[str, ...], pattern: str, kept: str = "", flags: int = re.IGNORECASE) -> _Pattern:
    return needed, re.compile(pattern, flags), rf"{kept}{REDACTED}"


_PATTERNS: Final[tuple[_Pattern, ...]] = (
    # scheme://user:password@host. Not a port: digits up to the path. Greedy, for passwords with an @ in them.
    _pattern(("://",), r"(://[^\s:/@\"']{0,100}:)(?!\d{1,5}(?:[/?#\s]|$))[^\s\"'<>]{1,256}(?=@)", r"\1"),
    # Headers whose value goes on to the end of the line or of the string.
    _pattern(
        ("authorization", "cookie"),
        r"((?:authorization|cookie)[\"']?\s*[:=,]\s*(?:b?[\"'])?)[^\n\"']+",
        r"\1",
    ),
    # "basic auth is off" has no token in it: one is long, or not of small letters alone.
    _pattern(
        ("bearer", "basic"),
        r"\b((?i:Bearer|Basic)\s+)(?:(?=\S*[A-Z0-9_=/+-])[A-Za-z0-9._~+/=:-]{4,}|[a-z]{16,})",
        r"\1",
        re.NOFLAG,
    ),
    # What our own and the known providers' keys look like, and JSON web tokens.
    _pattern(
        tuple(prefix + sign for prefix in _KEY_PREFIXES for sign in "-_"),
        rf"\b(?:{'|'.join(_KEY_PREFIXES)})[-_][A-Za-z0-9_-]{{8,}}",
    ),
    _pattern(("eyj",), r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"),
    # password=..., "api_key": "...", token: ...
    _pattern(
        ("pass", "pwd", "secret", "key", "token", "credential"),
        rf"({_NAMED}[\"']?\s*[:=]\s*)(?!\[redacted)(?:b?{_QUOTED}|[^\s,;&\"'{{}}()\[\]]+)",
        r"\1",
    ),
    _pattern(
        ("note", "task", "prompt", "content", "query"), rf"\b({_TEXTUAL}[\"']?\s*[:=]\s*){_QUOTED}", r"\1"
    ),
    # PostgreSQL's DETAIL lines quote rows, pydantic's errors quote input.
    _pattern(("row contains",), r"(Failing row contains \().{0,4000}(?=\))", r"\1", re.DOTALL),
    _pattern((")=(",), r"(Key \([^()\n]{1,200}\)=\()[^\n]{0,4000}(?=\))", r"\1"),
    _pattern(("input_value",), r"(input_value=).{0,1000}?(?=, input_type=)", r"\1", re.DOTALL),
)


def scrub(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return ``text`` cut to ``longest`` characters, with what looks like a secret or a quoted row replaced."""
    # Cut last: a secret cut in half would no longer be recognised. The first cut only bounds the work.
    kept = text[: 2 * longest]
    lower = kept.lower()
    for needed, pattern, replacement in _PATTERNS:
        # Looking for a substring first makes an ordinary message ten times cheaper.
        for part in needed:
            if part in lower:
                kept = pattern.sub(replacement, kept)
                break
    return kept if len(kept) <= longest and len(text) <= 2 * longest else kept[:longest] + CUT
