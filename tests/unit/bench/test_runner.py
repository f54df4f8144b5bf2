"""Going through scenarios: one that fails or takes too long does not stop the rest."""

import asyncio
import os
import signal
import time

import pytest

from tandem.bench import limits, runner
from tandem.bench.scenario import Bench, Pace, Scenario, settle


def good(bench: Bench) -> None:
    bench.outcome.row("Tandem", "always").add(rate=1.0)
    bench.outcome.figures["rate"] = 1.0


def broken(bench: Bench) -> None:
    bench.outcome.row("Tandem", "before it broke").add(rate=2.0)
    raise RuntimeError("no such thing")


def endless(_: Bench) -> None:
    while True:
        time.sleep(0.05)


def run(tmp_path, *scenarios: Scenario):
    said, seen = [], []
    report = runner.run(
        scenarios, Pace(), baselines=tmp_path / "none", state=tmp_path, say=said.append,
        done=lambda outcome, so_far: seen.append((outcome.scenario, len(so_far.outcomes))),
    )  # fmt: skip
    return report, said, seen


def test_the_rest_goes_on_and_what_was_measured_stays(tmp_path):
    report, said, seen = run(
        tmp_path,
        Scenario("a", "A", broken, 5),
        Scenario("b", "B", endless, limit=1),
        Scenario("c", "C", good, 5),
    )
    assert [one.failure.partition(":")[0] for one in report.outcomes] == ["RuntimeError", "TooLongError", ""]
    assert report.outcomes[0].rows[0].values == {"rate": [2.0]}
    assert report.figures == {"c.rate": 1.0}
    assert seen == [("a", 1), ("b", 2), ("c", 3)]
    assert "a: FAILED: RuntimeError: no such thing" in said


def test_a_limit_ends_an_event_loop_too():
    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(limits.TooLongError), limits.limited(0.2):
        limits.run_loop(forever())


class Idle:
    """A server that does nothing."""

    def cpu(self) -> float:
        return 1.0


class Busy:
    """A server that still works for a while on what nobody waits for any more."""

    def __init__(self) -> None:
        self.looks = 0

    def cpu(self) -> float:
        self.looks += 1
        return float(min(self.looks, 3))


def test_a_polite_kill_is_an_orderly_end():
    async def killed() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    with limits.stoppable():
        with pytest.raises(SystemExit, match="143"):
            limits.run_loop(killed())
        with pytest.raises(SystemExit, match="143"):
            os.kill(os.getpid(), signal.SIGTERM)


def test_every_turn_begins_with_another_server(tmp_path):
    report, _, _ = run(tmp_path)
    assert report.outcomes == []
    bench = Bench(None, Pace(rounds=3), None, lambda _: None)  # type: ignore[arg-type]
    order = [name for name, _ in bench.turns({"a": Idle(), "b": Idle(), "c": Idle()})]  # type: ignore[dict-item]
    assert order == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]


def test_the_next_one_is_measured_when_the_last_one_is_done():
    server = Busy()
    settle(server)  # type: ignore[arg-type]
    assert server.looks == 4
