"""Tasks with estimates as today's schedule: sessions one after the other, at times that real days teach."""

import datetime as dt
from math import ceil
from typing import Final

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.models.finish_predictor import MOST_SESSIONS
from tandem.pomodoro.presets import PRESETS, PresetKey
from tandem.pomodoro.schemas.day_tasks import (
    PlanBody,
    PlannedTask,
    PlanTask,
    TaskPlan,
    TaskSession,
)

_LATE: Final = 21
"""An hour from which on an end is late."""


def plan(facts: Facts, body: PlanBody) -> TaskPlan:
    """Place the tasks in the given order from now on, or from ``start_at`` on.

    Raises InvalidInputError for more sessions than a day holds, or for a start that is over or on another day.
    """
    preset = body.preset or facts.recommendation.recommended_preset
    counts = [sessions_of(task, preset) for task in body.tasks]
    total = sum(counts)
    if total > MOST_SESSIONS:
        raise InvalidInputError(f"tasks: {total} sessions are needed, a day's plan holds {MOST_SESSIONS}")
    start = _start(facts, body)
    found = facts.finish(total, preset, start)
    sessions = iter(found.plan)
    tasks = []
    for task, count in zip(body.tasks, counts, strict=True):
        own = [next(sessions) for _ in range(count)]
        tasks.append(
            PlannedTask(
                task=task.task, category=task.category, sessions_count=count, starts_at=own[0].starts_at,
                ends_at=own[-1].ends_at,
                sessions=[TaskSession(number=one.number, starts_at=one.starts_at, ends_at=one.ends_at) for one in own],
            )
        )  # fmt: skip
    fits = found.finishes_at.date() == facts.day
    sure = found.interval_80[1].date() == facts.day
    return TaskPlan(
        date=facts.day, preset=preset, total_sessions=total, starts_at=found.starts_at, finishes_at=found.finishes_at,
        interval_80=found.interval_80, work_minutes=found.work_minutes, break_minutes=found.break_minutes,
        fits_today=fits, surely_fits_today=sure, basis=found.basis, tasks=tasks,
        insights=_insights(facts, found.finishes_at, found.interval_80, total, fits=fits),
    )  # fmt: skip


def sessions_of(task: PlanTask, preset: PresetKey) -> int:
    """Return how many sessions a task takes: as estimated, or its minutes in sessions of ``preset``; one by default."""
    if task.sessions is not None:
        return task.sessions
    if task.minutes is not None:
        return ceil(task.minutes / PRESETS[preset].work_minutes)
    return 1


def _start(facts: Facts, body: PlanBody) -> dt.datetime:
    if body.start_at is None:
        return facts.now
    hour, minute = map(int, body.start_at.split(":"))
    start = facts.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if start < facts.now.replace(second=0, microsecond=0):
        raise InvalidInputError("start_at: is over already")
    return start


def _insights(
    facts: Facts, ends: dt.datetime, interval: tuple[dt.datetime, dt.datetime], total: int, *, fits: bool
) -> str:
    """Say in a few sentences what the plan means."""
    text, usual = facts.text, facts.usual_per_day
    said = [
        text.count(
            "With breaks, {n} session is likely to be done at {time}, between {early} and {late} in four days of five.",
            "With breaks, {n} sessions are likely to be done at {time}, between {early} and {late} in four days of five.",
            total, time=_clock(ends), early=_clock(interval[0]), late=_clock(interval[1]),
        )
    ]  # fmt: skip
    if not fits:
        said.append(text("That is after midnight: leave something for tomorrow."))
    elif ends.hour >= _LATE:
        said.append(text("That is late; leave out what can wait."))
    done = total + facts.today.sessions
    if usual is not None and done > 1.5 * usual and done >= 3:
        said.append(text("It is clearly more than a usual day of yours."))
    if facts.light_day:
        said.append(text("A lighter day is called for; leave out what can wait."))
    return " ".join(dict.fromkeys(said))


def _clock(moment: dt.datetime) -> str:
    return f"{moment.hour}:{moment.minute:02d}"
