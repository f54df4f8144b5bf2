"""The sessions of one person as NumPy columns that can be appended to and struck from."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.snapshot.records import SessionRow

SESSION_DTYPE = np.dtype(
    [
        ("id", "V16"),
        ("day", "<i4"),
        ("second", "<i4"),
        ("preset", "<i2"),
        ("category", "<i4"),
        ("minutes", "<i2"),
        ("rating", "<f4"),
        ("completed", "?"),
    ]
)
"""One session in 35 bytes; ``day`` is an ordinal, ``rating`` NaN where there is none."""

_HEADROOM = 64


@dataclass(frozen=True, slots=True)
class Rows:
    """Some sessions in the order in which they started; all arrays have the same length."""

    day: NDArray[np.int32]
    second: NDArray[np.int32]
    preset: NDArray[np.int16]
    category: NDArray[np.int32]
    minutes: NDArray[np.int16]
    rating: NDArray[np.float32]
    completed: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many sessions these are."""
        return len(self.day)

    @property
    def hour(self) -> NDArray[np.int32]:
        """Hour of the start, 0-23."""
        return self.second // 3600

    @property
    def weekday(self) -> NDArray[np.int32]:
        """0 = Monday .. 6 = Sunday."""
        return (self.day + 6) % 7

    @property
    def rated(self) -> NDArray[np.bool_]:
        """Which sessions carry a rating (a rating of 0 is one)."""
        return ~np.isnan(self.rating)

    def only(self, mask: NDArray[np.bool_]) -> "Rows":
        """Return the sessions for which ``mask`` is true."""
        return Rows(
            self.day[mask], self.second[mask], self.preset[mask], self.category[mask], self.minutes[mask],
            self.rating[mask], self.completed[mask],
        )  # fmt: skip


class Columns:
    """A sorted base and an unsorted tail of later arrivals.

    Appending, striking out and finding by id are O(1) or O(log n); a window of days costs what it returns.
    Nothing is ever re-sorted: a snapshot whose tail grew long is loaded anew instead.
    """

    def __init__(self, table: NDArray[np.void]) -> None:
        """Take over ``table`` (of :data:`SESSION_DTYPE`), which is sorted here by day and second."""
        order = np.lexsort((table["second"], table["day"]))
        self._table = np.empty(len(table) + _HEADROOM, SESSION_DTYPE)
        self._table[: len(table)] = table[order]
        self._base = len(table)
        self._size = len(table)
        self._alive = np.ones(len(self._table), np.bool_)
        self._struck = 0
        ids = self._table["id"][: self._base].view("S16") if self._base else np.empty(0, "S16")
        self._id_order = np.argsort(ids, kind="stable")
        self._id_sorted = ids[self._id_order]
        self._tail_ids: dict[bytes, int] = {}
        self._tail_days: dict[int, list[int]] = {}

    def __len__(self) -> int:
        """How many sessions are alive."""
        return self._size - self._struck

    @property
    def churn(self) -> int:
        """How many rows arrived or left since the base was sorted."""
        return self._size - self._base + self._struck

    @property
    def nbytes(self) -> int:
        """Approximate size in memory, bytes."""
        index = self._id_order.nbytes + self._id_sorted.nbytes
        return self._table.nbytes + self._alive.nbytes + index + 200 * len(self._tail_ids)

    def find(self, session: UUID) -> int | None:
        """Return the position of a living session, None if there is none."""
        key = session.bytes
        position = self._tail_ids.get(key)
        if position is None:
            position = self._find_in_base(key)
        return position if position is not None and self._alive[position] else None

    def append(self, row: SessionRow, preset: int, category: int) -> None:
        """Add one session under its ``preset`` and ``category`` codes."""
        if self._size == len(self._table):
            self._grow()
        rating = np.nan if row.rating is None else row.rating
        self._table[self._size] = (
            row.id.bytes, row.day, row.second, preset, category, row.minutes, rating, row.completed,
        )  # fmt: skip
        self._tail_ids[row.id.bytes] = self._size
        self._tail_days.setdefault(row.day, []).append(self._size)
        self._size += 1

    def day_at(self, position: int) -> int:
        """Return the day (ordinal) of the session at ``position``."""
        return int(self._table["day"][position])

    def strike(self, position: int) -> np.void:
        """Take the session at ``position`` out and return what it was."""
        self._alive[position] = False
        self._struck += 1
        row: np.void = self._table[position]
        self._tail_ids.pop(bytes(row["id"]), None)
        return row

    def window(self, first: int, last: int) -> Rows:
        """Return the living sessions of the days ``first`` to ``last`` (ordinals, both included)."""
        days = self._table["day"][: self._base]
        low, high = np.searchsorted(days, [first, last + 1])
        positions = np.flatnonzero(self._alive[low:high]) + low
        tail = [p for p in self._tail_positions(first, last) if self._alive[p]]
        if not tail:
            return _rows(self._table[positions])
        chosen = self._table[np.concatenate([positions, np.asarray(tail, dtype=np.intp)])]
        return _rows(chosen[np.lexsort((chosen["second"], chosen["day"]))])

    def _tail_positions(self, first: int, last: int) -> list[int]:
        if last - first < len(self._tail_days):
            days = [day for day in range(first, last + 1) if day in self._tail_days]
        else:
            days = [day for day in self._tail_days if first <= day <= last]
        return [position for day in days for position in self._tail_days[day]]

    def _find_in_base(self, key: bytes) -> int | None:
        wanted = np.frombuffer(key, "S16")
        at = int(np.searchsorted(self._id_sorted, wanted)[0])
        if at < self._base and bytes(self._table["id"][self._id_order[at]]) == key:
            return int(self._id_order[at])
        return None

    def _grow(self) -> None:
        bigger = np.empty(2 * len(self._table), SESSION_DTYPE)
        bigger[: self._size] = self._table[: self._size]
        alive = np.ones(len(bigger), np.bool_)
        alive[: self._size] = self._alive[: self._size]
        self._table, self._alive = bigger, alive


def _rows(table: NDArray[np.void]) -> Rows:
    return Rows(
        table["day"], table["second"], table["preset"], table["category"], table["minutes"],
        table["rating"], table["completed"],
    )  # fmt: skip
