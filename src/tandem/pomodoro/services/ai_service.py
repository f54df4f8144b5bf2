"""AI answers: facts first, then a draft by a model or by rules, then the answer, the same for both writers."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import uuid4

import orjson

from tandem.ai.messages import Asker
from tandem.core import annotations
from tandem.core.errors import OperationalError
from tandem.pomodoro.ai import prompt
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.person import PersonData
from tandem.pomodoro.ai.prose import Draft
from tandem.pomodoro.repositories.ai_answer_repository import AnswerKey
from tandem.pomodoro.repositories.person_repository import PersonRepository, StoredPerson
from tandem.pomodoro.schemas.ai import AIAnswer, AnalyzerAnswer
from tandem.pomodoro.schemas.common import local_timestamp
from tandem.pomodoro.services.ai_sharing import AnswerSharing, Order
from tandem.pomodoro.services.ai_writer import LEAST_SECONDS, ModelWriter, NoDraftError, request_of
from tandem.pomodoro.services.category_service import CategoryService
from tandem.pomodoro.services.related_notes import RelatedNotes, Retrieval
from tandem.pomodoro.services.snapshot_reader import Caller, SnapshotReader

PATIENCE: Final = 0.7
"""Share of what the old web service waits for an answer that ours may take."""
LONGEST_SECONDS: Final = 60.0
RETRIEVAL_SECONDS: Final = 1.0
"""How long related notes are waited for where a model takes seconds anyway."""
RETRIEVAL_SECONDS_OF_RULES: Final = 0.06
"""And where the rules answer at once: a question's vector usually takes half of that."""
A_MINUTE: Final = 1 / 60
PERSON_SECONDS: Final = 2.0
"""How long check-ins and profile are waited for: an answer without them is better than none."""
TOO_LITTLE: Final = "too_little_data"
NO_MODEL: Final = "no_model"

Q = TypeVar("Q")
D = TypeVar("D", bound=Draft)
A = TypeVar("A", bound=AIAnswer)


@dataclass(frozen=True, slots=True)
class Privacy:
    """What a model may be told of a person."""

    share_notes: bool
    about: str


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, in which language, and on whose account a model is called."""

    caller: Caller
    asker: Asker


class AIService:
    """Gives every AI answer; raises DatabaseUnavailableError only without a warm snapshot.

    Fail mode: whatever keeps a model from writing has the rules write, marked ``ai_generated: false`` with the reason.
    """

    def __init__(  # noqa: PLR0913 - what an answer is made of
        self, *, reader: SnapshotReader, categories: CategoryService, people: PersonRepository, sharing: AnswerSharing,
        writer: ModelWriter | None, privacy: Privacy, related: RelatedNotes, retrieval: Retrieval,
    ) -> None:  # fmt: skip
        """Ask ``writer`` (None where no model is configured) and share its answers through ``sharing``."""
        self._reader, self._categories, self._people = reader, categories, people
        self._sharing, self._writer = sharing, writer
        self._privacy, self._related, self._retrieval = privacy, related, retrieval

    async def answer(  # noqa: PLR0913 - a question and its circumstances
        self, asking: Asking, kind: Kind[Q, D, A], question: Q, *, day: dt.date | None = None,
        seconds: float | None = None, facts: Facts | None = None, fresh: bool = False,
    ) -> A:  # fmt: skip
        """Return the answer of ``kind``, for ``day`` (default today), within ``seconds`` (default by its patience).

        ``fresh`` asks for one that is not kept; ``facts`` are those of :meth:`facts`, where they are known already.
        """
        began = asyncio.get_running_loop().time()
        facts = facts or await self.facts(asking, kind, day)
        # Before anything is awaited: from here on the facts stand still, and there is an answer in any case.
        by_rules = _stamped(kind.assemble(facts, question, kind.rules(facts, question)), facts)
        if self._writer is None:
            return _fallback(by_rules, facts, NO_MODEL)
        if not kind.enough(facts, question):
            return _fallback(by_rules, facts, TOO_LITTLE)
        limit = min(LONGEST_SECONDS, seconds or PATIENCE * kind.patience)
        # What the facts took is gone from what the caller waits.
        limit = max(LEAST_SECONDS, limit - (asyncio.get_running_loop().time() - began))
        try:
            return await self._by_model(self._writer, asking, kind, question, facts, limit, fresh=fresh)
        except NoDraftError as error:
            return _fallback(by_rules, facts, error.code)

    async def compute(self, asking: Asking, name: str, answer: Callable[[Facts], A]) -> A:
        """Return an answer that no model has a part in."""
        facts = await self.facts(asking, name)
        return _stamped(answer(facts), facts)

    async def facts(
        self, asking: Asking, kind: Kind[Any, Any, Any] | str, day: dt.date | None = None, categories: Sequence[str] = ()
    ) -> Facts:  # fmt: skip
        """Return the facts on which an answer of ``kind`` stands, for ``day`` from its morning on.

        ``categories`` are those of this request; the configured ones where there are none.
        """
        name = kind if isinstance(kind, str) else kind.name
        user, text = asking.caller.user, asking.caller.text
        categories = categories or await self._categories.of(user)
        clock = await self._reader.run(name, user, lambda _, now: now)
        now = (
            clock
            if day is None or day == clock.date()
            else dt.datetime.combine(day, dt.time(6), clock.tzinfo)
        )
        stored = await self._person(user, now.date())
        person = PersonData(
            categories=tuple(categories), check_ins=stored.check_ins, level=stored.level, total_xp=stored.total_xp,
            achievements=stored.achievements, skills=stored.skills, about=self._privacy.about,
        )  # fmt: skip
        snapshot = await self._reader.snapshot(user)
        shared = self._privacy.share_notes
        bare = Facts(snapshot, now, text, person, share_notes=shared)
        if name not in {"morning_briefing", "analyze_burnout"}:
            return bare
        related = await self._retrieved(user, bare)
        if not related:
            return bare
        snapshot = await self._reader.snapshot(user)
        return Facts(snapshot, now, text, person, share_notes=shared, retrieved=related)

    async def _by_model(  # noqa: PLR0913, PLR0917 - one answer's parts
        self, writer: ModelWriter, asking: Asking, kind: Kind[Q, D, A], question: Q, facts: Facts, seconds: float,
        *, fresh: bool,
    ) -> A:  # fmt: skip
        request = request_of(kind, facts, question)

        async def make() -> AIAnswer:
            written = await writer.write(request, asking.asker, seconds)
            assert isinstance(written.draft, kind.draft)  # noqa: S101 - what was asked for
            made = _stamped(kind.assemble(facts, question, written.draft), facts)
            marks: dict[str, Any] = {
                "ai_generated": True,
                "provider": written.provider,
                "model": written.model,
            }
            if isinstance(made, AnalyzerAnswer):
                marks |= {"ai_available": True, "fallback": False}
            return made.model_copy(update=marks)

        hours = kind.hours if kind.keeps and not fresh else A_MINUTE
        digest = uuid4().hex if fresh else self._digest(writer, kind, question, facts)
        key = AnswerKey(asking.caller.user, kind.name, digest)
        shared = await self._sharing.get(Order(key, hours, seconds, kind.answer), make)
        answer = shared.answer
        assert isinstance(answer, kind.answer)  # noqa: S101 - the order said so
        if shared.kept_since is None:
            return answer
        since = local_timestamp(shared.kept_since.astimezone(facts.now.tzinfo))
        return answer.model_copy(update={"from_cache": True, "cached_at": since})

    def _digest(self, writer: ModelWriter, kind: Kind[Any, Any, Any], question: Any, facts: Facts) -> str:
        """Sum up everything that an answer depends on."""
        parts = [
            prompt.REVISION, kind.name, writer.key, facts.version, facts.text.language, facts.day.isoformat(), kind.identity(question),
            repr(facts.person), facts.share_notes, facts.retrieved,
        ]  # fmt: skip
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:40]

    async def _person(self, user: str, day: dt.date) -> StoredPerson:
        try:
            async with asyncio.timeout(PERSON_SECONDS):
                return await self._people.read(user, day)
        except (OperationalError, TimeoutError):
            # A warm snapshot goes on answering; what is known beside it is left out.
            annotations.do_not_keep()
            return StoredPerson()

    async def _retrieved(self, user: str, facts: Facts) -> Sequence[str]:
        tasks = [row.task for row in facts.recent[:5] if row.task]
        query = " ".join([*(name for name, _ in facts.fortnight.categories[:3]), *tasks])
        if not query:
            return ()
        limit = RETRIEVAL_SECONDS_OF_RULES if self._writer is None else RETRIEVAL_SECONDS
        return await self._retrieval.find(self._related, user, facts.version, query, limit)


def _stamped(answer: A, facts: Facts) -> A:
    return answer.model_copy(update={"generated_at": local_timestamp(facts.now)})


def _fallback(answer: A, facts: Facts, code: str) -> A:
    """Mark an answer of the rules; the analyzer's say why."""
    if not isinstance(answer, AnalyzerAnswer):
        return answer
    text = facts.text
    message = {
        NO_MODEL: text("No language model is configured; these texts come from rules."),
        TOO_LITTLE: text("There is too little data to ask a language model; these texts come from rules."),
    }.get(code, text("The language model could not be used just now; these texts come from rules."))
    marks = {"error": code, "message": message, "timestamp": answer.generated_at, "ai_available": False}
    return answer.as_fallback().model_copy(update=marks)
