"""When will ``n`` more sessions be done, breaks included, if the first one begins now?

From this person's own runs of ``n`` sessions where there are enough: they hold what single breaks do not tell, that slow
days are slow all day long. Else from single sessions and breaks, taken as independent: their distributions on a grid
are convolved. The named preset's lengths count as a few sessions of everybody, so that one odd break decides
nothing; a person without history has only those, and the answer says ``basis: default``.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.outlook import completed_on
from tandem.pomodoro.models.session_spans import Minutes, Spans
from tandem.pomodoro.presets import DEFAULT_PRESET, PRESETS, PresetKey
from tandem.pomodoro.schemas.finish import FinishPrediction, PlannedSession
from tandem.pomodoro.snapshot import Snapshot

MOST_SESSIONS: Final = 24
"""More than this in a row nobody plans."""

ENOUGH_RUNS: Final = 20
"""Runs from which an 80 % interval is read off directly: two of them lie beyond each end."""

PRIOR_SESSIONS: Final = 6.0
"""How many sessions the preset's own lengths count as."""

LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9

_SPREAD: Final = ((0.75, 0.2), (1.0, 0.5), (1.4, 0.3))
"""Lengths as multiples of the preset's, and their weights: breaks rather get longer than shorter."""

_LONGEST: Final = 16 * 60
"""Minutes of the longest single break or session on the grid; what is longer counts as this."""

_BIN: Final = 5
"""Minutes of one bin of the grid."""

_BINS: Final = _LONGEST // _BIN + 2

Method = Literal["runs", "pieces", "default"]


def predict_finish(
    snapshot: Snapshot, now: datetime, *, sessions: int, preset: PresetKey | None = None
) -> FinishPrediction:
    """Return when ``sessions`` (1-24) more sessions will be done.

    With ``preset`` every session takes that preset's working time and only the breaks are this person's; without it sessions
    take as long as they did lately. Moments are in the zone of ``now``; durations are counted in UTC, so that a change of
    the clocks does not stretch them.
    """
    today = now.date().toordinal()
    spans = snapshot.remember("spans", today, lambda: Spans.before(snapshot, today))
    begin = _begin(snapshot, now)
    each = [elapsed(spans, count, preset) for count in range(1, sessions + 1)]
    method, (low, middle, high) = each[-1]
    plan = [
        PlannedSession(number=number, starts_at=_after(begin, start), ends_at=_after(begin, end))
        for number, (start, end) in enumerate(_timeline(spans, [one[1][1] for one in each], preset), start=1)
    ]
    return FinishPrediction(
        sessions=sessions, completed_today=completed_on(snapshot, today), starts_at=begin, finishes_at=_after(begin, middle),
        interval_80=(_after(begin, low), _after(begin, high)), total_minutes=round(middle),
        interval_minutes=(round(low), round(high)), work_minutes=round(min(middle, sessions * _length(spans, preset))),
        break_minutes=round(max(0.0, middle - sessions * _length(spans, preset))),
        past_midnight=_after(begin, middle).date() > now.date(), plan=plan, method=method,
        basis="default" if method == "default" else "history", sample_days=spans.days, sample_sessions=len(spans.day),
    )  # fmt: skip


def _begin(snapshot: Snapshot, now: datetime) -> datetime:
    """Return now, or the end of a session that was logged as running beyond it."""
    rows = snapshot.window(now.date().toordinal(), now.date().toordinal())
    if not len(rows):
        return now.replace(second=0, microsecond=0)
    minute = now.hour * 60 + now.minute
    ends = rows.second / 60.0 + rows.minutes
    running = (rows.second / 60.0 <= minute) & (ends > minute)
    left = float((ends[running] - minute).max()) if running.any() else 0.0
    return _after(now.replace(second=0, microsecond=0), left)


def elapsed(
    spans: Spans, sessions: int, preset: PresetKey | None
) -> tuple[Method, tuple[float, float, float]]:
    """Return minutes from the start of the first to the end of the last session: low, middle, high."""
    runs = spans.runs(sessions) if preset is None else np.empty(0)
    if len(runs) >= ENOUGH_RUNS:
        low, middle, high = np.quantile(runs, (LOW, MIDDLE, HIGH))
        return "runs", (float(low), float(middle), float(high))
    typical_length, typical_break = _typical(preset)
    lengths = (
        _distribution(spans.length, typical_length) if preset is None else _binned(np.array([typical_length]))
    )
    found = _quantiles_of_sum(lengths, sessions, _distribution(spans.breaks(), typical_break))
    return ("pieces" if len(spans.day) else "default"), found


def _distribution(seen: Minutes, typical: float) -> NDArray[np.float64]:
    """Return probabilities by bin: what was seen, and what is typical as :data:`PRIOR_SESSIONS` more."""
    weights = _binned(seen) if len(seen) else np.zeros(_BINS)
    for factor, share in _SPREAD:
        weights = weights + _binned(np.array([typical * factor])) * PRIOR_SESSIONS * share
    return np.asarray(weights / weights.sum())


def _binned(minutes: Minutes) -> NDArray[np.float64]:
    """Return weights by bin; a length between two bins is shared among them, so that the mean stays exact."""
    places = minutes.clip(0, _LONGEST) / _BIN
    lower = np.floor(places).astype(np.int64)
    upper = places - lower
    weights = (
        np.bincount(lower, 1.0 - upper, minlength=_BINS)
        + np.bincount(lower + 1, upper, minlength=_BINS)[:_BINS]
    )
    return np.asarray(weights, dtype=np.float64)


def _quantiles_of_sum(
    lengths: NDArray[np.float64], sessions: int, breaks: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return quantiles in minutes of so many independent sessions with breaks between (a product of Fourier transforms)."""
    size = 1 << (_BINS * (2 * sessions - 1)).bit_length()
    product = np.fft.rfft(lengths, size) ** sessions * np.fft.rfft(breaks, size) ** (sessions - 1)
    reached = np.cumsum(np.fft.irfft(product, size).clip(0.0))
    # A bin stands for the minutes around its own: half of its mass lies before them.
    minutes = (np.arange(size) + 0.5) * _BIN
    low, middle, high = np.interp((LOW, MIDDLE, HIGH), reached / reached[-1], minutes)
    return float(low), float(middle), float(high)


def _timeline(spans: Spans, ends: list[float], preset: PresetKey | None) -> list[tuple[float, float]]:
    """Return start and end of each session in minutes: each ends at the median of its run, and lasts what is usual."""
    length, found, before = _length(spans, preset), [], 0.0
    for end in ends:
        start = max(before, end - length)
        before = max(start, end)
        found.append((start, before))
    return found


def _length(spans: Spans, preset: PresetKey | None) -> float:
    if preset is None and len(spans.length):
        return float(np.median(spans.length))
    return float(PRESETS[preset or DEFAULT_PRESET].work_minutes)


def _typical(preset: PresetKey | None) -> tuple[float, float]:
    chosen = PRESETS[preset or DEFAULT_PRESET]
    return float(chosen.work_minutes), float(chosen.break_minutes)


def _after(moment: datetime, minutes: float) -> datetime:
    """Return ``moment`` plus so many minutes that really pass."""
    return (moment.astimezone(UTC) + timedelta(minutes=round(minutes))).astimezone(moment.tzinfo)
