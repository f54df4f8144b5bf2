"""What is thought of texts: at once, as a job, or in the old service's words."""

import time
from typing import Any, Final
from uuid import UUID

import orjson

from tandem.core.jobs import JobKind, JobRecord, Jobs, Queue, RunningJob
from tandem.inference.sentiment.analyzer import Judged, SentimentAnalyzer
from tandem.inference.sentiment.verdict import Verdict
from tandem.tokimeki.schemas.sentiment import (
    ManySentiments,
    OneSentiment,
    Probabilities,
    Sentiment,
    SentimentAsk,
    SentimentJob,
    SentimentJobAsk,
    SimilarExample,
    TweetAnswer,
    TweetAsk,
)
from tandem.tokimeki.services.own_jobs import OwnJobs

JUDGE: Final = JobKind("tokimeki.sentiment", Queue.MODELS, attempts=3, patience=3600.0, most_waiting=200)
"""Many texts (file :data:`FILE`, JSON), so that they need no place in the job's own row."""

FILE: Final = "texts"
JOBS: Final = "/api/v1/sentiment/jobs"
EXPLAINED: Final = 8
"""Texts of one request whose words are told without being asked for."""
PART: Final = 64
"""Texts that a job judges between two words about its progress."""

_TWO_CLASSES: Final = frozenset(
    {"distilbert-base-uncased-finetuned-sst-2-english", "nreimers/TinyBERT_L-4_H-312_A-12-SST2"}
)


class SentimentService:
    """Judges texts with the one model that is configured, whatever model an old client names."""

    def __init__(self, analyzer: SentimentAnalyzer, jobs: Jobs) -> None:
        """Ask ``analyzer``; what is too much for one request goes to ``jobs``."""
        self._analyzer, self._jobs = analyzer, jobs
        self._own = OwnJobs(jobs, JUDGE, JOBS)

    async def judge(self, ask: SentimentAsk) -> OneSentiment | ManySentiments:
        """Return what is thought of the text or the texts.

        Raises ModelMissingError, ModelBusyError, ModelDiedError, ModelTimeoutError.
        """
        texts, name = ask.all_texts, self._analyzer.name
        explain = len(texts) <= EXPLAINED if ask.explain is None else ask.explain
        began = time.perf_counter()
        judged = await self._analyzer.judge(texts, explain=explain)
        seconds = round(time.perf_counter() - began, 4)
        if ask.texts is None:
            return OneSentiment(**Sentiment.fields_of(judged[0], name), inference_time=seconds)
        results = [Sentiment.of(one, name) for one in judged]
        return ManySentiments(
            results=results,
            count=len(results),
            model=name,
            version=judged[-1].version,
            inference_time=seconds,
        )

    async def tweet(self, ask: TweetAsk) -> TweetAnswer:
        """Answer as the old service did; raises as :meth:`judge`."""
        began = time.perf_counter()
        (judged,) = await self._analyzer.judge([ask.text], explain=True)
        verdict = judged.verdict
        label, confidence = legacy_label(verdict, ask.model)
        similar = verdict.example
        return TweetAnswer(
            text=ask.text, label=label, confidence=round(confidence, 4), explanation=explanation(verdict),
            similar_example=None if similar is None else SimilarExample(
                text=similar.text, label=similar.label.upper()
            ),
            inference_time=round(time.perf_counter() - began, 4), model=ask.model, served_by=judged.version,
            probabilities=Probabilities(
                negative=round(verdict.negative, 4), neutral=round(verdict.neutral, 4), positive=round(verdict.positive, 4)
            ),
            from_cache=judged.from_cache,
        )  # fmt: skip

    async def enqueue(self, user: str, ask: SentimentJobAsk) -> SentimentJob:
        """Have many texts judged in the background; raises QueueFullError."""
        payload = {"count": len(ask.texts), "explain": ask.explain}
        record = await self._jobs.enqueue(JUDGE, payload, user=user, files={FILE: orjson.dumps(ask.texts)})
        return await self._told(record)

    async def job(self, user: str, job: UUID) -> SentimentJob:
        """Return a job of ``user``; raises NotFoundError."""
        return await self._told(await self._own.get(user, job))

    async def cancel(self, user: str, job: UUID) -> None:
        """Cancel a job; raises NotFoundError, ConflictError if it is over in another way."""
        await self._own.cancel(user, job)

    async def _told(self, record: JobRecord) -> SentimentJob:
        results = record.result["results"] if record.state == "done" and record.result else None
        return SentimentJob(**await self._own.told(record), count=record.payload["count"], results=results)


class SentimentJobs:
    """The handler of :data:`JUDGE`; writes nothing but its result."""

    def __init__(self, analyzer: SentimentAnalyzer) -> None:
        """Ask ``analyzer``."""
        self._analyzer = analyzer

    async def __call__(self, job: RunningJob) -> dict[str, Any]:
        """Return what is thought of all texts."""
        texts, explain = orjson.loads(await job.file(FILE)), bool(job.payload.get("explain"))
        results: list[dict[str, Any]] = []
        for start in range(0, len(texts), PART):
            judged = await self._analyzer.judge(texts[start : start + PART], explain=explain, cached=False)
            results += [_wire(one, self._analyzer.name) for one in judged]
            await job.progress(part=round(len(results) / len(texts), 4), done=len(results), total=len(texts))
        return {"results": results}


def legacy_label(verdict: Verdict, model: str) -> tuple[str, float]:
    """Return label and confidence as ``model`` would give them: two of them know no neutral."""
    if model in _TWO_CLASSES:
        leaning = verdict.leaning
        return ("POSITIVE", leaning) if leaning >= 0.5 else ("NEGATIVE", 1 - leaning)
    return verdict.label, verdict.confidence


def explanation(verdict: Verdict) -> str:
    """Name the three words that mattered most."""
    named = [f'"{word.word}" ({"+" if word.weight > 0 else "-"})' for word in verdict.words[:3]]
    if not named:
        return "No single word mattered; the text as a whole was judged."
    return f"The words that mattered most: {', '.join(named)}."


def _wire(judged: Judged, model: str) -> dict[str, Any]:
    return Sentiment.of(judged, model).model_dump(mode="json")
