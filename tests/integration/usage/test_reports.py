"""Figures of all workers: periods, resets, groups, and what outlives the records."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from tandem.core.clock import FixedClock
from tandem.core.errors import InvalidInputError
from tandem.usage import ledger
from tandem.usage.budgets import Budgets
from tandem.usage.line import encode
from tandem.usage.recorder import UsageRecorder
from tandem.usage.reports import RequestLimits, UsageQuery, UsageReports
from tandem.usage.repository import UsageRepository
from tandem.usage.retention import prune
from tandem.usage.schemas import UsageStats
from unit.usage.records import record

PRAGUE = ZoneInfo("Europe/Prague")
NOW = dt.datetime(2026, 3, 30, 12, 0, tzinfo=PRAGUE)
STATS_KEYS = {
    "success", "requests_today", "requests_hour", "requests_month", "successful_requests", "failed_requests",
    "avg_response_time", "total_cost", "memory_usage", "uptime", "model_usage", "model_costs",
}  # fmt: skip
LIMITS_KEYS = {
    f"{period}_{what}" for period in ("daily", "hourly", "monthly") for what in ("limit", "used", "exceeded")
}


def _ago(**length):
    return NOW - dt.timedelta(**length)


@pytest.fixture
def clock():
    """Stands still until it is moved."""
    return FixedClock(NOW)


@pytest.fixture
async def recorder(database, tmp_path):
    """An opened recorder."""
    opened = UsageRecorder(database, tmp_path)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def reports(database, recorder, clock):
    """Of a process that started 3 h and 12 minutes ago."""
    return UsageReports(
        UsageRepository(database), recorder, clock, started=_ago(hours=3, minutes=12, seconds=59)
    )


async def test_an_empty_ledger_has_all_keys_of_the_contract(reports):
    """With their types; nothing is invented."""
    stats = (await reports.stats()).model_dump(mode="json")
    assert stats.keys() >= STATS_KEYS
    assert (stats["success"], stats["period"], stats["uptime"]) == (True, "today", "3h 12m")
    assert (stats["requests_today"], stats["avg_response_time"], stats["total_cost"]) == (0, 0.0, 0.0)
    assert (stats["model_usage"], stats["model_costs"]) == ({}, {})
    assert 0 < stats["memory_usage"] < 100
    limits = (await reports.limits()).model_dump(mode="json")
    assert limits.keys() == LIMITS_KEYS | {"enforced", "budgets"}
    assert (limits["daily_limit"], limits["hourly_limit"], limits["monthly_limit"]) == (1000, 100, 10000)
    assert not limits["enforced"]
    with pytest.raises(ValidationError):
        UsageStats(**(stats | {"surprise": 1}))


async def test_periods_roll_and_further_attempts_are_no_requests(reports, recorder, database):
    """This worker's unstored records and those of other workers are in."""
    others = [
        record(at=_ago(minutes=59), latency_ms=1000, request_id="r1", outcome="timeout", cost=None),
        record(at=_ago(minutes=58), latency_ms=500, request_id="r1", attempt=2, cost=2_000_050),
        record(at=_ago(minutes=61), latency_ms=0, outcome="cached", cost=0, asked="qwen3-8b"),
        record(at=_ago(hours=23), latency_ms=4000, outcome="unavailable", cost=None),
        record(at=_ago(hours=25), latency_ms=2000, outcome="cancelled", cost=10),
        record(at=_ago(days=31), latency_ms=2000),
    ]
    await ledger.store(database, [encode(one) for one in others])
    recorder.put(record(at=_ago(minutes=1), latency_ms=2501, request_id="r2", asked="a"))
    recorder.put(record(at=_ago(minutes=1), latency_ms=100, request_id="r2", asked="b"))
    wanted = {
        "today": (5, 4, 1, round((1500 + 4000 + 2501 + 100) / 4 / 1000, 3)),
        "hour": (3, 3, 0, round((1500 + 2501 + 100) / 3 / 1000, 3)),
        "month": (6, 4, 1, round((1500 + 4000 + 2501 + 100 + 2000) / 5 / 1000, 3)),
    }
    for period, (requests, good, bad, seconds) in wanted.items():
        stats = await reports.stats(period)
        assert (stats.requests_today, stats.requests_hour, stats.requests_month) == (requests, 3, 6)
        assert (stats.successful_requests, stats.failed_requests) == (good, bad)
        assert stats.avg_response_time == seconds
        assert stats.total_cost == 2.0004
        assert stats.model_usage == {"deepseek-chat": 4, "qwen3-8b": 1, "a": 1, "b": 1}
        assert stats.model_costs == {"deepseek-chat": 2.00016, "qwen3-8b": 0.0, "a": 0.0001, "b": 0.0001}
        assert stats.unpriced_attempts == 2
    assert (await reports.stats("fortnight")) == await reports.stats("today")
    limits = await reports.limits()
    assert (limits.daily_used, limits.hourly_used, limits.monthly_used) == (5, 3, 6)


async def test_a_day_is_24_hours_also_when_clocks_change(recorder, database):
    """On the Sunday at noon, 24 hours ago was eleven o'clock."""
    noon = dt.datetime(2026, 3, 29, 12, 0, tzinfo=PRAGUE)
    started = dt.datetime(2026, 3, 28, 12, 0, tzinfo=PRAGUE)
    reports = UsageReports(UsageRepository(database), recorder, FixedClock(noon), started=started)
    recorder.put(record(at=dt.datetime(2026, 3, 28, 11, 30, tzinfo=PRAGUE)))
    stats = await reports.stats()
    assert (stats.requests_today, stats.uptime) == (1, "23h 0m")


async def test_limits_and_budgets_say_when_they_count(database, recorder, clock, tmp_path):
    """Reached is exceeded; a budget of the caller is told beside them."""
    limits = RequestLimits(hourly=2, daily=3, monthly=4, enforced=True)
    reports = UsageReports(UsageRepository(database), recorder, clock, started=NOW, limits=limits)
    for minutes in (1, 1, 70):
        recorder.put(record(at=_ago(minutes=minutes)))
    told = await reports.limits()
    assert (told.hourly_exceeded, told.daily_exceeded, told.monthly_exceeded, told.enforced) == (
        True, True, False, True,
    )  # fmt: skip
    budgets = Budgets(database, clock, tmp_path)
    await budgets.put("user", "default", 5_000_000, "month")
    asker = record()
    reservation = await budgets.reserve(asker, 1_000_000)
    told = await UsageReports(UsageRepository(database), recorder, clock, started=NOW).limits(
        await budgets.of(asker)
    )
    assert told.enforced
    (shown,) = told.model_dump(mode="json")["budgets"]
    assert shown == {
        "scope": "user", "period": "month", "limit_micro_usd": 5_000_000, "spent_micro_usd": 0,
        "reserved_micro_usd": 1_000_000, "remaining_micro_usd": 4_000_000, "resets_at": "2026-04-01T00:00:00+02:00",
    }  # fmt: skip
    await budgets.refund(reservation)


async def test_a_reset_counts_for_all_workers_and_keeps_the_ledger(
    reports, recorder, clock, database, tmp_path
):
    """Uptime begins anew, too; a record of before that is stored after it stays out."""
    recorder.put(record(at=_ago(minutes=5)))
    assert (await reports.stats()).requests_today == 1
    clock.move(dt.timedelta(minutes=1))
    await reports.reset("eva")
    recorder.put(record(at=_ago(minutes=4)))
    clock.move(dt.timedelta(minutes=61))
    recorder.put(record(at=clock.now(), cost=7))
    other = UsageReports(UsageRepository(database), recorder, clock, started=_ago(days=3))
    for worker in (reports, other):
        stats = await worker.stats("month")
        assert (stats.requests_today, stats.model_usage, stats.uptime) == (1, {"deepseek-chat": 1}, "1h 1m")
        assert stats.model_costs == {"deepseek-chat": 0.000007}
    assert (await reports.report(UsageQuery())).total.requests == 3


async def test_names_that_clients_invent_do_not_grow_without_end(reports, recorder):
    """The most used are told one by one, the rest together."""
    for number in range(150):
        recorder.put(record(asked=f"invented-{number:03}", at=_ago(minutes=5)))
    for _ in range(2):
        recorder.put(record(asked="used-twice", at=_ago(minutes=5)))
    stats = await reports.stats()
    assert len(stats.model_usage) == 101
    assert (stats.model_usage["used-twice"], stats.model_usage["other"]) == (2, 51)
    assert stats.requests_today == 152


async def test_usage_is_told_by_local_day_model_key_and_user(reports, recorder):
    """Days are those of the configured zone, also where one has 23 hours."""
    midnight = dt.datetime(2026, 3, 29, 0, 0, tzinfo=PRAGUE).astimezone(dt.UTC)
    events = [
        record(at=midnight - dt.timedelta(seconds=1), user="eva", key="k1"),
        record(at=midnight, user="eva", key="k1", outcome="cached", cost=0),
        record(at=midnight + dt.timedelta(hours=22, minutes=59), user="adam", cost=None, outcome="timeout", request_id="r"),
        record(at=midnight + dt.timedelta(hours=23), user="adam", provider="local", model="smollm2", cost=0, request_id="r",
               attempt=2, estimated=True),
        record(at=NOW - dt.timedelta(days=40), user="eva"),
    ]  # fmt: skip
    for event in events:
        recorder.put(event)
    by_day = await reports.report(UsageQuery())
    rows = {row.name: row for row in by_day.rows}
    assert list(rows) == ["2026-03-28", "2026-03-29", "2026-03-30"]
    assert (rows["2026-03-29"].attempts, rows["2026-03-29"].cached, rows["2026-03-29"].failed) == (2, 1, 1)
    assert (rows["2026-03-30"].requests, rows["2026-03-30"].attempts) == (0, 1)
    assert (by_day.total.requests, by_day.total.attempts, by_day.total.cost_micro_usd) == (3, 4, 100)
    assert (rows["2026-03-29"].cost_micro_usd, rows["2026-03-29"].unpriced_attempts) == (0, 1)
    assert (by_day.from_day, by_day.to_day) == (dt.date(2026, 3, 1), dt.date(2026, 3, 30))
    by_user = {row.name: row for row in (await reports.report(UsageQuery(by="user"))).rows}
    assert (by_user["adam"].requests, by_user["adam"].attempts, by_user["adam"].successful) == (1, 2, 1)
    assert (by_user["eva"].requests, by_user["eva"].cost_micro_usd) == (2, 100)
    by_model = (await reports.report(UsageQuery(by="model", user="adam"))).rows
    assert {(row.provider, row.name, row.cost_micro_usd, row.estimated_attempts) for row in by_model} == {
        ("openrouter", "deepseek/deepseek-chat", None, 0), ("local", "smollm2", 0, 1),
    }  # fmt: skip
    by_key = (await reports.report(UsageQuery(by="key"))).rows
    assert {(row.name, row.requests) for row in by_key} == {("k1", 2), ("", 1)}
    only = await reports.report(
        UsageQuery(by="asked", key="k1", model="deepseek-chat", first=dt.date(2026, 3, 29))
    )
    assert [(row.name, row.requests) for row in only.rows] == [("deepseek-chat", 1)]
    told = only.model_dump(mode="json", by_alias=True)
    assert (told["from"], told["to"], told["complete_from"]) == ("2026-03-29", "2026-03-30", None)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (dt.date(2026, 3, 2), dt.date(2026, 3, 1)), (dt.date(2025, 3, 1), dt.date(2026, 3, 2)),
        (None, dt.date.min), (None, dt.date.max), (dt.date.min, None),
    ],
)  # fmt: skip
async def test_days_that_make_no_range_are_refused(reports, first, last):
    """At most a year; never a crash."""
    with pytest.raises(InvalidInputError, match="366"):
        await reports.report(UsageQuery(first=first, last=last))


async def test_pruned_months_still_count_in_the_totals(reports, recorder, clock, database):
    """The day's rows are gone, the sums are not; what was before a reset stays out of them."""
    old = dt.datetime(2024, 12, 30, 8, tzinfo=dt.UTC)
    events = [
        record(at=old, asked="a", cost=5),
        record(at=old + dt.timedelta(days=1), asked="a", cost=7, request_id="r"),
        record(at=old + dt.timedelta(days=1), asked="a", cost=1, request_id="r", provider="local", attempt=2),
        record(at=dt.datetime(2025, 2, 1, tzinfo=dt.UTC), asked="a", cost=11),
    ]
    for event in events:
        recorder.put(event)
    assert (await reports.stats()).model_usage == {"a": 3}
    assert await prune(database, clock.now(), 13) == 2
    assert await prune(database, clock.now(), 13) == 0
    assert await database.fetchval("SELECT count(*) FROM usage_events") == 1
    stats = await reports.stats()
    assert (stats.model_usage, stats.model_costs) == ({"a": 3}, {"a": 0.000024})
    assert (await reports.report(UsageQuery())).complete_from == dt.date(2025, 1, 1)
    await database.execute("INSERT INTO usage_resets (at, user_id) VALUES ('2025-02-02', 'eva')")
    assert (await reports.stats()).model_usage == {}
    recorder.put(record(at=dt.datetime(2025, 2, 3, tzinfo=dt.UTC), asked="a", cost=13))
    assert await recorder.flush(5)
    clock.move(dt.timedelta(days=40))
    assert await prune(database, clock.now(), 13) == 2
    assert await database.fetchval("SELECT count(*) FROM usage_events") == 0
    assert (await reports.stats()).model_costs == {"a": 0.000013}
