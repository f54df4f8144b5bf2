"""One person's sessions, ready for the models: built once, then changed in O(1) per event."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.snapshot.columns import SESSION_DTYPE, Columns, Rows
from tandem.pomodoro.snapshot.days import DaySeries
from tandem.pomodoro.snapshot.records import SessionRow, weekday_of
from tandem.pomodoro.snapshot.statistics import Cell, Statistics

RECENT: Final = 50
"""How many of the newest sessions keep their task and notes in memory."""

MOST_PRESETS: Final = 64
MOST_CATEGORIES: Final = 2_000
"""Names told apart in memory; whatever a log holds beyond them is counted under :data:`OVERFLOW`."""

OVERFLOW: Final = "(other)"

_EARLIEST: Final = 1
_LATEST: Final = 3_652_059

T = TypeVar("T")


class Snapshot:
    """Columns and sufficient statistics of one user at one data version.

    Not safe for threads: it lives on one event loop, and models only read it.
    ``version`` is the number that PostgreSQL gave to the last change that is contained.
    ``demo`` says that these are demonstration sessions, shown until the first real one.
    """

    def __init__(  # noqa: PLR0913 - everything that one load of the database brings
        self,
        *,
        user: str,
        version: int,
        table: NDArray[np.void],
        presets: Sequence[str],
        categories: Sequence[str],
        recent: Sequence[SessionRow] = (),
        demo: bool = False,
    ) -> None:
        """Build from ``table`` (:data:`SESSION_DTYPE`) whose codes index ``presets`` and ``categories``.

        ``recent`` holds the newest sessions with their texts, newest first; costs O(n log n).
        """
        self.user = user
        self.version = version
        self.demo = demo
        self._presets = list(presets)
        self._categories = list(categories)
        self._preset_codes = {name: code for code, name in enumerate(self._presets)}
        self._category_codes = {name: code for code, name in enumerate(self._categories)}
        self._columns = Columns(table)
        rows = self._columns.window(_EARLIEST, _LATEST)
        self.statistics = Statistics(len(self._presets), len(self._categories))
        self.statistics.count_all(rows)
        self.days = DaySeries(rows)
        self._recent = sorted(recent, key=_newest_first)[:RECENT]
        self._memo: dict[str, tuple[int, Any]] = {}

    @classmethod
    def empty(cls, user: str, version: int = 0) -> "Snapshot":
        """Return the snapshot of a person without any session."""
        return cls(user=user, version=version, table=np.empty(0, SESSION_DTYPE), presets=(), categories=())

    @classmethod
    def of(cls, rows: Iterable[SessionRow], *, user: str = "default", version: int = 1) -> "Snapshot":
        """Build from session objects; for tests, imports and back-tests of moderate size."""
        sessions = list(rows)
        presets = list(dict.fromkeys(row.preset for row in sessions))
        categories = list(dict.fromkeys(row.category for row in sessions))
        preset_codes = {name: code for code, name in enumerate(presets)}
        category_codes = {name: code for code, name in enumerate(categories)}
        table = np.empty(len(sessions), SESSION_DTYPE)
        for at, row in enumerate(sessions):
            table[at] = (
                row.id.bytes, row.day, row.second, preset_codes[row.preset], category_codes[row.category],
                row.minutes, np.nan if row.rating is None else row.rating, row.completed,
            )  # fmt: skip
        newest = sorted(sessions, key=_newest_first)[:RECENT]
        return cls(
            user=user, version=version, table=table, presets=presets, categories=categories, recent=newest,
            demo=any(row.demo for row in sessions),
        )  # fmt: skip

    def __len__(self) -> int:
        """How many sessions there are, finished or not."""
        return len(self._columns)

    @property
    def nbytes(self) -> int:
        """Approximate size in memory, bytes."""
        return self._columns.nbytes + self.statistics.nbytes + self.days.nbytes + 1000 * len(self._recent)

    @property
    def churn(self) -> int:
        """How many rows changed since the build; a large figure makes a rebuild worth while."""
        return self._columns.churn

    @property
    def presets(self) -> Sequence[str]:
        """Preset names by code."""
        return self._presets

    @property
    def categories(self) -> Sequence[str]:
        """Category names by code."""
        return self._categories

    @property
    def recent(self) -> Sequence[SessionRow]:
        """Up to :data:`RECENT` newest sessions with their texts, newest first."""
        return self._recent

    def preset_code(self, name: str) -> int | None:
        """Return the code of a preset, None if no session has it."""
        return self._preset_codes.get(name)

    def category_code(self, name: str) -> int | None:
        """Return the code of a category, None if no session has it."""
        return self._category_codes.get(name)

    def window(self, first: int, last: int) -> Rows:
        """Return the completed sessions of the days ``first`` to ``last`` (ordinals, both included)."""
        rows = self._columns.window(first, last)
        return rows.only(rows.completed)

    def holds(self, session: UUID) -> bool:
        """Whether this session is contained."""
        return self._columns.find(session) is not None

    def remember(self, key: str, today: int, build: Callable[[], T]) -> T:
        """Return ``build()`` for ``key``, kept until the day changes or a day before ``today`` does.

        For what depends on the finished days only, such as the fit of a forecast.
        """
        known = self._memo.get(key)
        if known is not None and known[0] == today:
            return known[1]  # type: ignore[no-any-return]
        value = build()
        self._memo[key] = (today, value)
        return value

    def put(self, row: SessionRow) -> None:
        """Add a session, or replace the one with the same id."""
        self.remove(row.id)
        preset = _code_of(row.preset, self._presets, self._preset_codes, MOST_PRESETS)
        category = _code_of(row.category, self._categories, self._category_codes, MOST_CATEGORIES)
        self.statistics.make_room(len(self._presets), len(self._categories))
        rating = float("nan") if row.rating is None else row.rating
        with _DayChange(self, row.day):
            self._columns.append(row, preset, category)
        self.statistics.count(
            Cell(
                weekday=row.weekday, hour=row.hour, preset=preset, category=category,
                completed=row.completed, rating=rating,
            ),
            1,
        )  # fmt: skip
        if row.completed:
            self.days.count(row.day, row.minutes, rating, 1)
        self._recent = sorted([*self._recent, row], key=_newest_first)[:RECENT]

    def remove(self, session: UUID) -> bool:
        """Take a session out; False if it was not contained."""
        position = self._columns.find(session)
        if position is None:
            return False
        day = self._columns.day_at(position)
        with _DayChange(self, day):
            row = self._columns.strike(position)
        rating = float(row["rating"])
        cell = Cell(
            weekday=weekday_of(day), hour=int(row["second"]) // 3600, preset=int(row["preset"]),
            category=int(row["category"]), completed=bool(row["completed"]), rating=rating,
        )  # fmt: skip
        self.statistics.count(cell, -1)
        if row["completed"]:
            self.days.count(day, int(row["minutes"]), rating, -1)
        self._recent = [kept for kept in self._recent if kept.id != session]
        return True

    @property
    def recent_is_short(self) -> bool:
        """Whether deletions emptied the list of recent sessions although older ones exist."""
        return len(self._recent) < min(RECENT // 2, len(self))

    def forget_before(self, day: int) -> None:
        """Drop what was remembered about days up to and including ``day``."""
        self._memo = {key: kept for key, kept in self._memo.items() if kept[0] <= day}

    def count_day(self, day: int, sign: int) -> None:
        """Add or take away one day's sessions in the statistics by position."""
        self.statistics.count_day(self._columns.window(day, day), sign)


class _DayChange:
    """Keeps the statistics by position right while one day's sessions change."""

    def __init__(self, snapshot: Snapshot, day: int) -> None:
        self._snapshot = snapshot
        self._day = day

    def __enter__(self) -> None:
        self._snapshot.count_day(self._day, -1)

    def __exit__(self, *_: object) -> None:
        self._snapshot.count_day(self._day, 1)
        self._snapshot.forget_before(self._day)


def _code_of(name: str, names: list[str], codes: dict[str, int], most: int) -> int:
    code = codes.get(name)
    if code is not None:
        return code
    if len(names) >= most - 1 and name != OVERFLOW:
        return _code_of(OVERFLOW, names, codes, most)
    code = codes[name] = len(names)
    names.append(name)
    return code


def _newest_first(row: SessionRow) -> tuple[int, int]:
    return -row.day, -row.second
