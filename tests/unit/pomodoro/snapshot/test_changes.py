"""However sessions come, change and go, the snapshot equals one that is built from what is left."""

import dataclasses
from uuid import UUID

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tandem.pomodoro.snapshot import SessionRow, Snapshot
from tandem.pomodoro.snapshot.snapshot import RECENT
from unit.pomodoro.strategies import sessions

FIRST, LAST = 1, 3_652_059


def exact(row: SessionRow) -> SessionRow:
    """A rating as the store holds it: PostgreSQL gives two decimals, the column 32 bits."""
    return row if row.rating is None else dataclasses.replace(row, rating=float(np.float32(row.rating)))


class Changes(RuleBasedStateMachine):
    """Puts, replaces and removes sessions at random, beside a plain dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[UUID, SessionRow] = {}
        self.moments: set[tuple[int, int]] = set()

    @initialize(
        rows=st.lists(sessions(days=20), max_size=80, unique_by=(lambda r: r.id, lambda r: (r.day, r.second)))
    )
    def begin(self, rows: list[SessionRow]) -> None:
        """Start with some sessions that are there from the first load."""
        self.kept = {row.id: exact(row) for row in rows}
        self.moments = {(row.day, row.second) for row in rows}
        self.snapshot = Snapshot.of(self.kept.values())

    @rule(row=sessions(days=20), rating=st.none() | st.floats(0, 100, width=32))
    def put(self, row: SessionRow, rating: float | None) -> None:
        """A session that is new (or, rarely, has a known id)."""
        self._put(dataclasses.replace(row, rating=rating))

    @rule(data=st.data(), row=sessions(days=20))
    def replace(self, data: st.DataObject, row: SessionRow) -> None:
        """One that is there gets other values, perhaps another day."""
        if self.kept:
            known = data.draw(st.sampled_from(sorted(self.kept)))
            self._put(exact(dataclasses.replace(row, id=known)))

    @rule(data=st.data())
    def put_again(self, data: st.DataObject) -> None:
        """An event that is told twice changes nothing."""
        if self.kept:
            self._put(self.kept[data.draw(st.sampled_from(sorted(self.kept)))])

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """One goes."""
        if self.kept:
            gone = data.draw(st.sampled_from(sorted(self.kept)))
            row = self.kept.pop(gone)
            self.moments.discard((row.day, row.second))
            assert self.snapshot.remove(gone)
            assert not self.snapshot.holds(gone)

    @rule(row=sessions(days=20))
    def remove_unknown(self, row: SessionRow) -> None:
        """Removing what is not there says so."""
        if row.id not in self.kept:
            assert not self.snapshot.remove(row.id)

    def _put(self, row: SessionRow) -> None:
        # Two sessions with one start have no order that both ways of building could agree on.
        old = self.kept.get(row.id)
        if (row.day, row.second) in self.moments and (
            old is None or (old.day, old.second) != (row.day, row.second)
        ):
            return
        if old is not None:
            self.moments.discard((old.day, old.second))
        self.moments.add((row.day, row.second))
        self.kept[row.id] = row
        self.snapshot.put(row)

    @invariant()
    def equals_one_built_anew(self) -> None:
        """Sessions, sums, calendar and the newest texts are the same."""
        if not hasattr(self, "snapshot"):
            return
        fresh = Snapshot.of(self.kept.values())
        assert len(self.snapshot) == len(self.kept) == len(fresh)
        assert_same_statistics(self.snapshot, fresh)
        assert_same_days(self.snapshot, fresh)
        assert_same_windows(self.snapshot, fresh)
        newest = list(self.snapshot.recent)
        assert newest == list(fresh.recent)[: len(newest)]
        assert self.snapshot.recent_is_short or len(newest) >= min(RECENT // 2, len(fresh))


def assert_same_statistics(changed: Snapshot, fresh: Snapshot) -> None:
    """Compare by name: codes depend on the order in which names came."""
    mine, theirs = changed.statistics, fresh.statistics
    close = {"atol": 1e-4, "rtol": 1e-7}
    for part in (lambda s: s.total(), lambda s: s.hours(), lambda s: s.weekday_hours(), lambda s: s.position):
        np.testing.assert_allclose(part(mine), part(theirs), **close)
    assert set(fresh.presets) <= set(changed.presets)
    assert set(fresh.categories) <= set(changed.categories)
    for name in changed.presets:
        here, there = changed.preset_code(name), fresh.preset_code(name)
        expected = 0 if there is None else theirs.slot[:, :, there]
        np.testing.assert_allclose(mine.slot[:, :, here], np.broadcast_to(expected, (7, 24, 5)), **close)
    for name in changed.categories:
        here, there = changed.category_code(name), fresh.category_code(name)
        for side in ("category_hour", "category_weekday"):
            own = getattr(mine, side)[here]
            expected = np.zeros_like(own) if there is None else getattr(theirs, side)[there]
            np.testing.assert_allclose(own, expected, **close)


def assert_same_days(changed: Snapshot, fresh: Snapshot) -> None:
    """The calendar has the same sums and the same ends."""
    assert (changed.days.first, changed.days.last) == (fresh.days.first, fresh.days.last)
    assert changed.days.active_days == fresh.days.active_days
    assert list(changed.days.active_ordinals()) == list(fresh.days.active_ordinals())
    if fresh.days.first is not None:
        window = fresh.days.first - 2, fresh.days.last + 2
        np.testing.assert_allclose(changed.days.window(*window), fresh.days.window(*window), atol=1e-4)


def assert_same_windows(changed: Snapshot, fresh: Snapshot) -> None:
    """The completed sessions come in the same order with the same values."""
    for first, last in ((FIRST, LAST), (fresh.days.last or 1, LAST)):
        mine, theirs = changed.window(first, last), fresh.window(first, last)
        for column in ("day", "second", "minutes", "rating", "completed"):
            np.testing.assert_array_equal(getattr(mine, column), getattr(theirs, column))
        for column in ("preset", "category"):
            names, expected = getattr(changed, _names(column)), getattr(fresh, _names(column))
            assert [names[code] for code in getattr(mine, column)] == [
                expected[code] for code in getattr(theirs, column)
            ]


def _names(column: str) -> str:
    return {"preset": "presets", "category": "categories"}[column]


TestChanges = Changes.TestCase
TestChanges.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
