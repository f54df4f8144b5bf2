"""A tiny language for the shape of JSON, so that a contract can be written down as it is read.

A shape is a dict (an object with at least these keys, ``"key?"`` may be missing), a list of one shape (a list
of such), or a check. Keys beyond those named are allowed everywhere, because the contract lets keys be added.

    check({"hour": integer(0, 23), "reason": text(), "alternative": maybe(text("a", "b"))}, answer)
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any, str], None]
Shape = dict[str, Any] | list[Any] | Check


def check(shape: Shape, value: Any, at: str = "answer") -> None:
    """Fail with the place and the reason where ``value`` has not this ``shape``."""
    if isinstance(shape, dict):
        _object(shape, value, at)
    elif isinstance(shape, list):
        many(shape[0])(value, at)
    else:
        shape(value, at)


def _object(shape: dict[str, Any], value: Any, at: str) -> None:
    assert isinstance(value, dict), f"{at}: an object expected, not {value!r}"
    for key, inner in shape.items():
        name = key.removesuffix("?")
        if name in value:
            check(inner, value[name], f"{at}.{name}")
        else:
            assert key.endswith("?"), f"{at}: the key {name!r} is missing among {sorted(value)}"


def integer(low: int | None = None, high: int | None = None) -> Check:
    """An integer written without decimals, within bounds."""

    def test(value: Any, at: str) -> None:
        assert type(value) is int, f"{at}: an integer expected, not {value!r}"
        _within(value, low, high, at)

    return test


def number(low: float | None = None, high: float | None = None, decimals: int | None = None) -> Check:
    """Any finite number, within bounds, with at most so many decimals."""

    def test(value: Any, at: str) -> None:
        assert type(value) in (int, float), f"{at}: a number expected, not {value!r}"
        assert math.isfinite(value), f"{at}: a finite number expected, not {value!r}"
        _within(value, low, high, at)
        assert decimals is None or round(value, decimals) == value, (
            f"{at}: {value!r} has over {decimals} decimals"
        )

    return test


def _within(value: float, low: float | None, high: float | None, at: str) -> None:
    assert low is None or value >= low, f"{at}: {value!r} is below {low}"
    assert high is None or value <= high, f"{at}: {value!r} is above {high}"


def text(*allowed: str, like: str | None = None) -> Check:
    """A text: one of ``allowed``, or matching ``like`` as a whole, or any that is not blank."""

    def test(value: Any, at: str) -> None:
        assert isinstance(value, str), f"{at}: a text expected, not {value!r}"
        assert not allowed or value in allowed, f"{at}: {value!r} is none of {allowed}"
        assert like is None or re.fullmatch(like, value), f"{at}: {value!r} is not like {like}"
        assert allowed or like or value.strip(), f"{at}: a blank text"

    return test


def one_of(*values: Any) -> Check:
    """Exactly one of these values."""

    def test(value: Any, at: str) -> None:
        assert value in values, f"{at}: {value!r} is none of {values}"
        assert not isinstance(value, bool) or any(value is known for known in values), f"{at}: {value!r}"

    return test


def maybe(shape: Shape) -> Check:
    """Null, or this shape."""

    def test(value: Any, at: str) -> None:
        if value is not None:
            check(shape, value, at)

    return test


def many(shape: Shape, *, least: int = 0, most: int | None = None) -> Check:
    """A list of this shape with so many elements."""

    def test(value: Any, at: str) -> None:
        assert isinstance(value, list), f"{at}: a list expected, not {value!r}"
        assert len(value) >= least, f"{at}: {len(value)} elements, at least {least} expected"
        assert most is None or len(value) <= most, f"{at}: {len(value)} elements, at most {most} expected"
        for position, element in enumerate(value):
            check(shape, element, f"{at}[{position}]")

    return test


def exactly(count: int, shape: Shape) -> Check:
    """A list of ``count`` elements of this shape."""
    return many(shape, least=count, most=count)


def table(keys: Check, shape: Shape) -> Check:
    """An object used as a table: any keys of one kind, all values of one shape."""

    def test(value: Any, at: str) -> None:
        assert isinstance(value, dict), f"{at}: an object expected, not {value!r}"
        for key, inner in value.items():
            keys(key, f"{at}.(key)")
            check(shape, inner, f"{at}.{key}")

    return test


def flag(value: Any, at: str) -> None:
    """True or false."""
    assert isinstance(value, bool), f"{at}: true or false expected, not {value!r}"


def empty_object(value: Any, at: str) -> None:
    """An object without any key."""
    assert value == {}, f"{at}: an empty object expected, not {value!r}"


def strict_json(body: str) -> Any:
    """Read JSON as the standard has it: without NaN and Infinity."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(body, parse_constant=refuse)


def texts(value: Any, at: str = "answer") -> Iterator[tuple[str, str]]:
    """Give every text in a JSON value with its place."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, f"{at}.{key}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from texts(inner, f"{at}[{position}]")


def follow(value: Any, path: str) -> Any:
    """Return what lies at a path such as ``peak_hours[0].time``; fails where a step is missing."""
    for key, position in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if position:
            assert isinstance(value, list) and int(position) < len(value), f"{path}: no element {position}"  # noqa: PT018
            value = value[int(position)]
        else:
            assert isinstance(value, dict) and key in value, f"{path}: no key {key}"  # noqa: PT018
            value = value[key]
    return value


ISO_DAY = text(like=r"\d{4}-\d\d-\d\d")
CLOCK_TIME = text(like=r"([01]\d|2[0-3]):[0-5]\d")
FULL_HOUR = text(like=r"([01]\d|2[0-3]):00")
TIMESTAMP = text(like=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")
HOUR = integer(0, 23)
HOUR_KEY = text(*(str(hour) for hour in range(24)))
COUNT = integer(0)
PRESET = text("deep_work", "learning", "quick_tasks", "flow_mode")
ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENGLISH_DAY = text(*ENGLISH_DAYS)
PROBLEM = {"error": text(), "code": text(like="[a-z_]+"), "request_id": text()}
PRESET_NAMES = {
    "deep_work": "Deep Work", "learning": "Learning", "quick_tasks": "Quick Tasks", "flow_mode": "Flow Mode",
}  # fmt: skip


def rating(decimals: int = 1) -> Check:
    """A rating, or a mean of ratings: 0-100."""
    return number(0, 100, decimals)


def share(decimals: int = 2) -> Check:
    """A number from 0 to 1."""
    return number(0, 1, decimals)


def any_of(*shapes: Shape) -> Check:
    """The first of these shapes that fits."""

    def test(value: Any, at: str) -> None:
        reasons = []
        for shape in shapes:
            try:
                check(shape, value, at)
            except AssertionError as error:
                reasons.append(str(error))
            else:
                return
        raise AssertionError(" / ".join(reasons))

    return test


TRENDS = {
    "session_trend": text("stable", "insufficient_data"),
    "productivity_trend": text("improving", "declining", "stable", "insufficient_data"),
    "total_sessions": COUNT,
    "avg_productivity": rating(2),
}
