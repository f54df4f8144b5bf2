"""Goes through scenarios one after the other; one that fails or takes too long is named aloud and does not stop the rest."""

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from tandem.bench.limits import limited, stoppable
from tandem.bench.measure import machine
from tandem.bench.outcome import Outcome, Report
from tandem.bench.scenario import Bench, Pace, Scenario
from tandem.bench.subjects.venvs import BaselinesUnavailableError
from tandem.bench.subjects.world import World


def run(  # noqa: PLR0913 - what is run, where, and who hears of it
    scenarios: Sequence[Scenario], pace: Pace, *, baselines: Path, state: Path, say: Callable[[str], None],
    done: Callable[[Outcome, Report], None],
) -> Report:  # fmt: skip
    """Run all of them and report; ``done`` hears of each outcome and of the report so far."""
    report = Report(machine.facts(baselines if baselines.is_dir() else None), [])
    report.facts["pace"] = {"rounds": pace.rounds, "seconds": pace.seconds, "quick": pace.quick}
    began = time.monotonic()
    with stoppable(), World(baselines, state, say) as world:
        _prepare(world, {need for one in scenarios for need in one.needs}, pace, say)
        for place, scenario in enumerate(scenarios):
            outcome = Outcome(scenario.name, scenario.title)
            _attempt(scenario, Bench(world, pace, outcome, _naming(scenario.name, say)))
            report.outcomes.append(outcome)
            done(outcome, report)
            following = scenarios[place + 1].group if place + 1 < len(scenarios) else None
            if not scenario.group or following != scenario.group or outcome.failure:
                world.end_servers()
    report.facts["load_after"] = machine.load()
    report.facts["seconds"] = round(time.monotonic() - began)
    return report


def _prepare(world: World, needs: Collection[str], pace: Pace, say: Callable[[str], None]) -> None:
    """Install what the baselines run on before any clock runs; what cannot be had is left out scenario by scenario."""
    environments = {"twins": world.twins} | ({} if pace.quick else {"litellm": world.litellm})
    for name, environment in environments.items():
        if name in needs:
            try:
                environment.python()
            except BaselinesUnavailableError as error:
                say(f"left out: whatever needs them: {error.message}")


def _naming(name: str, say: Callable[[str], None]) -> Callable[[str], None]:
    return lambda text: say(f"{name}: {text}")


def _attempt(scenario: Scenario, bench: Bench) -> None:
    outcome, began = bench.outcome, time.monotonic()
    try:
        with limited(scenario.limit):
            scenario.run(bench)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other scenarios go on and this one is told
        outcome.failure = f"{type(error).__name__}: {error}"
        bench.say(f"FAILED: {outcome.failure}")
    try:
        scenario.figures(outcome)
    except (KeyError, ValueError, ZeroDivisionError) as error:
        # Without rows there is nothing to make figures of; the failure that left none has been told.
        outcome.failure = outcome.failure or f"no figures: {error!r}"
    outcome.seconds = round(time.monotonic() - began, 1)
    outcome.load = machine.load()
