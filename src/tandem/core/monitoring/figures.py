"""From counters to the sections of the overview: pure functions of a window, and of the gauges as they stand."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from tandem.core.monitoring.schemas import (
    CacheFigures,
    Latency,
    LimitFigures,
    LoopFigures,
    PoolFigures,
    RequestFigures,
    RouteFigures,
)
from tandem.core.monitoring.window import Durations, Window
from tandem.core.observability.tally import Tally

REQUESTS: Final = "flask_http_request_duration_seconds"
MOST_ROUTES: Final = 50

BEYOND: Final = "tandem_limits_exceeded_total"


def latency(durations: Durations | None) -> Latency:
    """Return mean and percentiles in ms."""
    if durations is None or not durations.count:
        return Latency(mean_ms=None, p50_ms=None, p95_ms=None, p99_ms=None, beyond_ms=None)
    return Latency(
        mean_ms=_ms(durations.mean), p50_ms=_ms(durations.quantile(0.5)), p95_ms=_ms(durations.quantile(0.95)),
        p99_ms=_ms(durations.quantile(0.99)), beyond_ms=_ms(durations.bounds[-1]),
    )  # fmt: skip


def requests(window: Window) -> RequestFigures:
    """Sum up the requests of all routes."""
    routes: dict[tuple[str, str], list[tuple[str, Durations]]] = {}
    statuses: Counter[str] = Counter()
    for labels, durations in window.durations(REQUESTS):
        if durations.count:
            statuses[labels["status"]] += durations.count
            routes.setdefault((labels["method"], labels["path"]), []).append((labels["status"], durations))
    total, failed = statuses.total(), _of_class(statuses.items(), "5")
    rows = [_route(method, path, parts) for (method, path), parts in routes.items()]
    rows.sort(key=lambda row: (-row.requests, row.route, row.method))
    return RequestFigures(
        total=total, per_second=round(window.rate(total), 3), errors_4xx=_of_class(statuses.items(), "4"),
        errors_5xx=failed, error_rate=round(failed / total, 6) if total else None,
        exceptions=int(window.total("flask_http_request_exceptions_total")),
        latency=latency(window.duration(REQUESTS)), by_status=dict(sorted(statuses.items())), by_route=rows[:MOST_ROUTES],
    )  # fmt: skip


def cache(window: Window, now: Tally) -> CacheFigures:
    """Sum up the kept answers."""
    hits = int(window.total("tandem_cache_hits_total"))
    misses = int(window.total("tandem_cache_misses_total"))
    return CacheFigures(
        hits=hits, misses=misses, stale=int(window.total("tandem_cache_stale_total")),
        hit_rate=round(hits / (hits + misses), 4) if hits + misses else None,
        entries=int(gauge(now, "tandem_cache_entries") or 0), bytes=int(gauge(now, "tandem_cache_bytes") or 0),
    )  # fmt: skip


def limits(window: Window) -> LimitFigures:
    """Sum up what went beyond a limit."""
    refused: Counter[str] = Counter()
    exempt = 0
    for labels, row in window.series(BEYOND):
        count = int(row[0])
        if labels["outcome"] == "exempt":
            exempt += count
        elif count:
            refused[f"{labels['limit']} by {labels['holder']}"] += count
    return LimitFigures(refused=refused.total(), exempt=exempt, by_limit=dict(sorted(refused.items())))


def loop(window: Window) -> LoopFigures:
    """Tell how late the loops were."""
    lag = latency(window.duration("tandem_event_loop_lag_seconds"))
    return LoopFigures(lag_p50_ms=lag.p50_ms, lag_p99_ms=lag.p99_ms, lag_mean_ms=lag.mean_ms)


def pool(window: Window, now: Tally, limit: int) -> PoolFigures:
    """Tell how far the connections are used."""
    return PoolFigures(
        limit=limit, open=int(gauge(now, "tandem_database_connections") or 0),
        in_use=int(gauge(now, "tandem_database_connections_in_use") or 0),
        waiting=int(gauge(now, "tandem_database_waiting") or 0),
        exhausted=int(window.total("tandem_database_exhausted_total")),
    )  # fmt: skip


def gauge(tally: Tally, name: str) -> float | None:
    """Return the one value of a metric without labels, None if there is none or it was never set."""
    for declaration, series in tally:
        if declaration.name == name and () in series:
            value = series[()][0]
            return value if value == value else None  # noqa: PLR0124 - only NaN differs from itself
    return None


def _route(method: str, path: str, parts: list[tuple[str, Durations]]) -> RouteFigures:
    together = parts[0][1]
    for _, durations in parts[1:]:
        together += durations
    counts = [(status, durations.count) for status, durations in parts]
    return RouteFigures(
        method=method, route=path, requests=together.count, errors_4xx=_of_class(counts, "4"),
        errors_5xx=_of_class(counts, "5"), latency=latency(together),
    )  # fmt: skip


def _of_class(counts: Iterable[tuple[str, int]], digit: str) -> int:
    return sum(count for status, count in counts if status.startswith(digit))


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
