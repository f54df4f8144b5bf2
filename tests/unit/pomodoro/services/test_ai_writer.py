"""A model that never answers costs its deadline and no more; what it says is read leniently and judged strictly."""

import asyncio
import datetime as dt
import time
from zoneinfo import ZoneInfo

import pytest

from tandem.ai.messages import Asker, ChatRequest
from tandem.core.clock import SystemClock
from tandem.core.i18n import translator
from tandem.core.observability.metrics import Metrics
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.person import PersonData
from tandem.pomodoro.metrics import PomodoroMetrics
from tandem.pomodoro.models.ai_challenge_generator.motivation import MOTIVATION, MotivationQuestion
from tandem.pomodoro.services.ai_writer import Author, ModelWriter, NoDraftError, read_draft, request_of
from tandem.pomodoro.snapshot import Snapshot

NOW = dt.datetime(2026, 3, 4, 10, 30, tzinfo=ZoneInfo("Europe/Prague"))
ASKER = Asker("default", None, "/api/ai/motivation", "r1")


class Mute:
    """A provider that never begins."""

    async def open(self, request: ChatRequest):
        await asyncio.sleep(60)


def request():
    facts = Facts(Snapshot.empty("default"), NOW, translator("en"), PersonData(categories=("Learning",)))
    return request_of(MOTIVATION, facts, MotivationQuestion())


async def test_a_mute_model_is_left_after_the_deadline():
    metrics = PomodoroMetrics.declare(Metrics(None, worker="test"), model="x")
    writer = ModelWriter(Mute(), Author("cloud/x", "cloud"), SystemClock(NOW.tzinfo), metrics)
    began = time.monotonic()
    with pytest.raises(NoDraftError, match="timeout"):
        await writer.write(request(), ASKER, 0.1)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "said",
    [
        '{"message": "Keep going."}', '```json\n{"message": "Keep going."}\n```', 'Sure! {"message": "Keep going."} Bye.',
        '{"message": "Keep going.", "confidence": 0.97}',
    ],
)  # fmt: skip
def test_wrapping_is_forgiven(said: str):
    draft, problems = read_draft(said, request())
    assert draft is not None, problems
    assert draft.message == "Keep going."


@pytest.mark.parametrize(
    "said", ["", "Keep going.", "{", "null", "3", '{"message": 3}', '{"message": ""}', '{"text": "x"}']
)
def test_anything_else_is_told_to_the_model(said: str):
    draft, problems = read_draft(said, request())
    assert draft is None
    assert problems
