"""How often does the forecast of ``n`` more sessions' end hold? Rolling over logs: each day is judged by the days before it.

    .venv/bin/python bench/finish_coverage.py LOG [LOG ...] [--sessions 1,2,3,5]

For every session after the first 30 days of a log from which on ``n`` sessions followed on the same day: the share of real
ends within the 80 % interval, the mean absolute error of the median, and that of the simple rule (the median session and
the median break of the same days, multiplied out), in minutes.
"""

import argparse
import datetime as dt
from pathlib import Path

import numpy as np

from tandem.pomodoro.models import finish_predictor
from tandem.pomodoro.models.session_spans import MOST_SESSIONS, RECENT_DAYS, Spans
from tandem.pomodoro.sources import parse

WARM_UP = 30


def spans_of(path: Path) -> Spans:
    read = parse.parse(path, rating_scale="ignore", zone=dt.UTC, now=dt.datetime.now(dt.UTC))
    rows = sorted(
        (
            each.local_date.toordinal(),
            each.local_time.hour * 60 + each.local_time.minute,
            each.duration_minutes,
        )
        for each in read.sessions
    )
    day, start, length = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return Spans(day.astype(np.int64), start, length)


def judge(log: Spans, sessions: int) -> tuple[int, float, float, float]:
    held, errors, simple = [], [], []
    for day in np.unique(log.day)[WARM_UP:]:
        known = (log.day < day) & (log.day >= day - RECENT_DAYS)
        before = Spans(
            log.day[known][-MOST_SESSIONS:],
            log.start[known][-MOST_SESSIONS:],
            log.length[known][-MOST_SESSIONS:],
        )
        today = log.day == day
        real = Spans(log.day[today], log.start[today], log.length[today]).runs(sessions)
        if not len(real) or not len(before.day):
            continue
        _, (low, middle, high) = finish_predictor.elapsed(before, sessions, None)
        pauses = before.breaks()
        rule = sessions * np.median(before.length) + (sessions - 1) * (
            np.median(pauses) if len(pauses) else 15
        )
        held += [low - 0.5 <= each <= high + 0.5 for each in real]
        errors += [abs(each - middle) for each in real]
        simple += [abs(each - rule) for each in real]
    return len(held), float(np.mean(held)), float(np.mean(errors)), float(np.mean(simple))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("logs", nargs="+", type=Path)
    options.add_argument("--sessions", default="1,2,3,5")
    told = options.parse_args()
    print(
        "| log | sessions | cases | in the 80 % interval | error of the median, min | of the simple rule, min |"
    )
    print("|---|---|---|---|---|---|")
    for path in told.logs:
        log = spans_of(path)
        for sessions in map(int, told.sessions.split(",")):
            cases, held, error, simple = judge(log, sessions)
            print(
                f"| {path.stem} | {sessions} | {cases} | {held:.0%} | {error:.0f} | {simple:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
