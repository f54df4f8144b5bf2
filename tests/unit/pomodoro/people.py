"""Simulated people with known truth: Poisson counts of sessions, noisy ratings in steps of five."""

from dataclasses import dataclass

import numpy as np

from tandem.pomodoro.snapshot import Snapshot
from tandem.pomodoro.snapshot.columns import SESSION_DTYPE
from unit.pomodoro.builders import TODAY

CATEGORIES = ("Coding", "Learning", "Database")


@dataclass(frozen=True)
class Person:
    """How somebody works: ``hours`` is the range of starting hours (may pass 24), ``weekend`` a factor of the load.

    ``mood`` is the deviation of whole days, on top of that of single ratings.
    In the last ``changed_days`` days the load is multiplied by ``load`` and the ratings by ``liking``.
    """

    days: int = 90
    per_day: float = 3.0
    mean: float = 72.0
    deviation: float = 15.0
    mood: float = 0.0
    rated: float = 0.8
    hours: tuple[int, int] = (8, 20)
    weekend: float = 1.0
    changed_days: int = 0
    load: float = 1.0
    liking: float = 1.0

    def live(self, rng: np.random.Generator) -> Snapshot:
        """One random life up to today."""
        day = TODAY.toordinal() - np.arange(self.days)[::-1]
        changed = day > TODAY.toordinal() - self.changed_days
        rate = (
            self.per_day * np.where((day + 6) % 7 >= 5, self.weekend, 1.0) * np.where(changed, self.load, 1.0)
        )
        at = np.repeat(np.arange(self.days), rng.poisson(rate))
        mean = self.mean * np.where(changed, self.liking, 1.0)[at]
        mean += rng.normal(0, self.mood, self.days)[at]
        rating = np.clip(np.round(rng.normal(mean, self.deviation) / 5) * 5, 0, 100)
        table = np.zeros(len(at), SESSION_DTYPE)
        table["id"] = np.frombuffer(rng.bytes(16 * len(at)), "V16") if len(at) else table["id"]
        table["day"] = day[at]
        table["second"] = rng.integers(self.hours[0] * 3600, self.hours[1] * 3600, len(at)) % 86_400
        table["category"] = rng.choice(len(CATEGORIES), len(at), p=(0.5, 0.3, 0.2))
        table["minutes"] = 52
        table["rating"] = np.where(rng.random(len(at)) < self.rated, rating, np.nan)
        table["completed"] = True
        return Snapshot(user="sim", version=1, table=table, presets=("deep_work",), categories=CATEGORIES)


def lives(person: Person, count: int, seed: int = 20260304) -> list[Snapshot]:
    """``count`` independent lives, the same ones on every run."""
    rng = np.random.default_rng(seed)
    return [person.live(rng) for _ in range(count)]


STEADY = {
    "every day": Person(),
    "scattered ratings": Person(deviation=25),
    "good and bad days": Person(deviation=12, mood=9),
    "weekdays only": Person(per_day=4, weekend=0),
    "evenings and nights": Person(hours=(18, 27), deviation=20),
    "once a day": Person(per_day=1, deviation=20),
    "eight a day": Person(per_day=8),
}
"""People in whom nothing changes, known for three months."""
