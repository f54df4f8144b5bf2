"""The facts that every AI answer stands on, computed from one snapshot before any model is asked.

Each fact is computed at first use and then stays, so an answer quotes the same figure everywhere. ``settle`` of an
answer's kind uses all that it needs before the model is asked: the snapshot may change while that is awaited.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from tandem.core.i18n import Translator
from tandem.pomodoro.ai.person import CheckIn, PersonData
from tandem.pomodoro.ai.phrases import Phrases
from tandem.pomodoro.ai.span import Span, span_of
from tandem.pomodoro.models import (
    anomaly_detector,
    burnout_predictor,
    diversity_detector,
    finish_predictor,
    focus_optimizer,
    preset_recommender,
    productivity_analyzer,
    quality_predictor,
    session_predictor,
    session_trends,
    topics,
)
from tandem.pomodoro.models.anomaly_rhythm import current_streak
from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.analysis import Analysis
from tandem.pomodoro.schemas.anomalies import AnomalyReport
from tandem.pomodoro.schemas.burnout import BurnoutRisk
from tandem.pomodoro.schemas.diversity import Diversity
from tandem.pomodoro.schemas.finish import FinishPrediction
from tandem.pomodoro.schemas.focus import OptimalSchedule
from tandem.pomodoro.schemas.predictions import DayPrediction, TodayPrediction, Trends
from tandem.pomodoro.schemas.quality import QualityPrediction, QualityQuery
from tandem.pomodoro.schemas.recommendations import Recommendation
from tandem.pomodoro.snapshot import COMPLETED, Rows, SessionRow, Snapshot
from tandem.pomodoro.snapshot.days import SESSIONS

MONTH: Final = 30
USUAL_DAYS: Final = 28
"""Whole weeks, so that each weekday counts alike."""
DEFAULT_PER_DAY: Final = 6
_SETTLED: Final = (
    "total", "today", "yesterday", "fortnight", "month", "week", "streak", "usual_per_day", "weekly_goal", "forecast", "tomorrow",
    "recommendation", "analysis", "burnout", "anomalies", "trends", "diversity", "plan", "check_in", "note_words",
)  # fmt: skip


class Facts:
    """One person at one moment. ``retrieved`` are notes that a search found to be related, most related first."""

    def __init__(  # noqa: PLR0913 - what a person consists of here
        self, snapshot: Snapshot, now: dt.datetime, text: Translator, person: PersonData, *,
        share_notes: bool = False, retrieved: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Look at ``snapshot`` at ``now`` (in the user's zone); ``share_notes`` says whether notes may leave."""
        self._snapshot = snapshot
        self.version = snapshot.version
        self.now = now
        self.text = text
        self.say = Phrases(text)
        self.person = person
        self.share_notes = share_notes
        self.retrieved = tuple(retrieved)
        self._schedules: dict[tuple[int, int], OptimalSchedule] = {}
        self._qualities: dict[tuple[str, str | None], QualityPrediction] = {}

    @property
    def day(self) -> dt.date:
        """Today, in the user's zone."""
        return self.now.date()

    @cached_property
    def total(self) -> int:
        """Completed sessions ever."""
        return round(float(self._snapshot.statistics.total()[COMPLETED]))

    @cached_property
    def today(self) -> Span:
        """Today so far."""
        return self._span(0, 0)

    @cached_property
    def yesterday(self) -> Span:
        """The day before."""
        return self._span(1, 1)

    @cached_property
    def fortnight(self) -> Span:
        """The last 14 days, today included."""
        return self._span(13, 0)

    @cached_property
    def month(self) -> Span:
        """The last 30 days, today included."""
        return self._span(MONTH - 1, 0)

    @cached_property
    def week(self) -> Span:
        """This calendar week so far, from Monday on."""
        return self._span(self.now.weekday(), 0)

    @cached_property
    def streak(self) -> int:
        """Days in a row with a session, up to today or yesterday."""
        return current_streak(self._snapshot, self.day.toordinal())

    @cached_property
    def streak_before_today(self) -> int:
        """Days in a row with a session, up to yesterday."""
        active = self._snapshot.days
        length, at = 0, self.day.toordinal() - 1
        while active.window(at, at)[0, SESSIONS] > 0.5:
            length, at = length + 1, at - 1
        return length

    @cached_property
    def usual_per_day(self) -> float | None:
        """Sessions a day over the finished days of the last four weeks, days off included; None without any."""
        end = self.day.toordinal() - 1
        first = self._snapshot.days.first
        if first is None or first > end:
            return None
        start = max(first, end - USUAL_DAYS + 1)
        return float(self._snapshot.days.window(start, end)[:, SESSIONS].mean())

    @cached_property
    def weekly_goal(self) -> int:
        """A usual week of this person, at least one session; 7 times the daily default where nothing is known."""
        usual = self.usual_per_day
        return 7 * DEFAULT_PER_DAY if usual is None else max(1, round(7 * usual))

    @cached_property
    def forecast(self) -> TodayPrediction:
        """Today's forecast."""
        return session_predictor.predict_today(self._snapshot, self.now, self.text)

    @cached_property
    def forecast_before(self) -> TodayPrediction:
        """Today's forecast as it stood before its first session: what the plan was."""
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        before = midnight - dt.timedelta(seconds=1)
        tomorrow = session_predictor.predict_today(self._snapshot, before, self.text, day=self.day)
        return tomorrow.model_copy(update={"date": self.day})

    @cached_property
    def tomorrow(self) -> DayPrediction:
        """Tomorrow's forecast."""
        return session_predictor.predict_week(self._snapshot, self.now).predictions[1]

    @cached_property
    def recommendation(self) -> Recommendation:
        """Which preset now."""
        return preset_recommender.recommend(self._snapshot, self.now, self.text)

    @cached_property
    def analysis(self) -> Analysis:
        """Best and worst times."""
        return productivity_analyzer.analyze(self._snapshot, self.now).analysis

    @cached_property
    def burnout(self) -> BurnoutRisk:
        """The workload-change signal."""
        return burnout_predictor.assess(self._snapshot, self.now, self.text)

    @cached_property
    def anomalies(self) -> AnomalyReport:
        """What is unlike this person."""
        return anomaly_detector.detect(self._snapshot, self.now, self.text)

    @cached_property
    def trends(self) -> Trends:
        """The later half of the last 14 days against the earlier one."""
        return session_trends.trends(self._snapshot, self.now)

    @cached_property
    def diversity(self) -> Diversity:
        """Whether the last two days were all of one kind."""
        return diversity_detector.detect(
            self._snapshot, self.now, self.text, categories=self.person.categories
        )

    @cached_property
    def plan(self) -> OptimalSchedule:
        """The best hours of today's weekday."""
        return self.schedule(6, self.now.weekday())

    def schedule(self, sessions: int, weekday: int) -> OptimalSchedule:
        """Return the best hours of a weekday with ``sessions`` placed into them."""
        asked = sessions, weekday
        if asked not in self._schedules:
            self._schedules[asked] = focus_optimizer.optimize(
                self._snapshot, self.now, self.text, sessions=sessions, weekday=weekday
            )
        return self._schedules[asked]

    def quality(self, preset: str, category: str | None) -> QualityPrediction:
        """Return how well a session would go now, today's sessions and check-in considered."""
        asked = preset, category
        if asked not in self._qualities:
            since = self.hours_since_last
            query = QualityQuery(
                hour=self.now.hour, day=self.now.weekday(), preset=preset, category=category,
                sessions_today=self.today.sessions,
                minutes_since_last=None if since is None or not self.today.sessions else round(60 * since),
                wellness=self.check_in.values if self.check_in else None,
            )  # fmt: skip
            self._qualities[asked] = quality_predictor.predict(self._snapshot, self.now, self.text, query)
        return self._qualities[asked]

    def finish(self, sessions: int, preset: PresetKey, start: dt.datetime) -> FinishPrediction:
        """Return when ``sessions`` of ``preset`` will be done if the first begins at ``start``; before anything is awaited."""
        return finish_predictor.predict_finish(self._snapshot, start, sessions=sessions, preset=preset)

    @cached_property
    def sessions_by_hour(self) -> dict[int, float]:
        """Completed sessions ever, by the hours that have any."""
        counts = self._snapshot.statistics.hours()[:, COMPLETED]
        return {int(hour): float(counts[hour]) for hour in np.flatnonzero(counts > 0.5)}

    @cached_property
    def sessions_by_day(self) -> dict[dt.date, float]:
        """Completed sessions of the last 30 days, by the days that have any."""
        first = self.day.toordinal() - MONTH + 1
        counts = self._snapshot.days.window(first, self.day.toordinal())[:, SESSIONS]
        return {
            dt.date.fromordinal(first + int(at)): float(counts[at]) for at in np.flatnonzero(counts > 0.5)
        }

    @cached_property
    def check_in(self) -> CheckIn | None:
        """Today's check-in."""
        return self.person.check_in(self.day)

    @cached_property
    def hours_since_last(self) -> float | None:
        """Hours since the last session began, None without one in the last 30 days."""
        rows = self._rows(MONTH - 1, 0)
        if not len(rows):
            return None
        last = dt.datetime.combine(dt.date.fromordinal(int(rows.day[-1])), dt.time()) + dt.timedelta(
            seconds=int(rows.second[-1])
        )
        return max(0.0, (self.now.replace(tzinfo=None) - last).total_seconds() / 3600)

    @cached_property
    def recent(self) -> tuple[SessionRow, ...]:
        """Up to 50 newest completed sessions of the last 30 days with their texts, newest first."""
        floor, today = self.day.toordinal() - MONTH + 1, self.day.toordinal()
        return tuple(row for row in self._snapshot.recent if row.completed and floor <= row.day <= today)

    @cached_property
    def notes_today(self) -> tuple[SessionRow, ...]:
        """Today's sessions with a note, oldest first."""
        return tuple(row for row in reversed(self.recent) if row.day == self.day.toordinal() and row.notes)

    @cached_property
    def note_words(self) -> list[str]:
        """Words that stand in two notes of the last 14 days or more, the most frequent first, at most 5."""
        floor = self.day.toordinal() - 13
        counts = Counter(
            word for row in self.recent if row.notes and row.day >= floor for word in topics.words(row.notes)
        )
        repeated = [(word, count) for word, count in counts.items() if count > 1]
        return [word for word, _ in sorted(repeated, key=lambda item: (-item[1], item[0]))[:5]]

    def settle(self) -> None:
        """Compute what an answer may quote that is put together only after something was awaited."""
        for name in _SETTLED:
            getattr(self, name)

    @property
    def light_day(self) -> bool:
        """Whether a lighter day is called for: a check-in's strain, a long streak, or a strong workload change."""
        strains = self.check_in.strains if self.check_in else []
        return bool(strains) or self.streak > 7 or self.burnout.risk_level in {"high", "critical"}

    def _rows(self, first: int, last: int) -> Rows:
        today = self.day.toordinal()
        return self._snapshot.window(today - first, today - last)

    def _span(self, first: int, last: int) -> Span:
        return span_of(self._snapshot, self._rows(first, last))
