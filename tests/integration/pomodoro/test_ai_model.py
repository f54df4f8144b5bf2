"""A model that writes well is quoted; one that writes badly, slowly or not at all is replaced by the rules."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from contract.service import Service
from integration.pomodoro.conftest import NOW
from integration.pomodoro.drafting import CZECH, ENGLISH, draft
from integration.tokimeki.serving import Upstream
from tandem.pomodoro.ai.kind import AnyKind
from tandem.pomodoro.models.ai_analyzer.anomalies import ANALYZE_ANOMALIES
from tandem.pomodoro.models.ai_analyzer.burnout import ANALYZE_BURNOUT
from tandem.pomodoro.models.ai_analyzer.evening_review import EVENING_REVIEW
from tandem.pomodoro.models.ai_analyzer.integrated_insight import INTEGRATED_INSIGHT
from tandem.pomodoro.models.ai_analyzer.learning import LEARNING
from tandem.pomodoro.models.ai_analyzer.morning_briefing import MORNING_BRIEFING
from tandem.pomodoro.models.ai_analyzer.quality import ANALYZE_QUALITY
from tandem.pomodoro.models.ai_analyzer.schedule import OPTIMAL_SCHEDULE
from tandem.pomodoro.models.ai_challenge_generator.daily_challenge import DAILY_CHALLENGE
from tandem.pomodoro.models.ai_challenge_generator.expansion import EXPAND_SUGGESTION
from tandem.pomodoro.models.ai_challenge_generator.learning_recommendations import LEARNING_RECOMMENDATIONS
from tandem.pomodoro.models.ai_challenge_generator.motivation import MOTIVATION
from tandem.pomodoro.models.ai_challenge_generator.next_session import NEXT_SESSION
from tandem.pomodoro.models.ai_challenge_generator.weekly_quest import WEEKLY_QUEST

BRIEFING = "/api/ai/morning-briefing"
SECRET = "sk-test-0123456789"


@pytest.fixture(scope="module")
def model() -> Iterator[Upstream]:
    """A provider of the test's own."""
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def writing(postgres, model: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose texts that provider writes."""
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        dsn = runner.run(stack.enter_async_context(postgres.new_database(postgres.template)))
        served = Service(dsn, NOW, tmp_path_factory.mktemp("writing"), **settings_for(model)).start()
        try:
            yield served
        finally:
            served.stop()
            runner.run(stack.aclose())


def settings_for(model: Upstream) -> dict[str, Any]:
    """A key for the provider."""
    return {"ai_api_key": SECRET, "ai_api_url": model.base_url, "ai_cloud_model": "writer"}


@pytest.fixture
def asked(writing: Service, user: str) -> "Person":
    """A person with one session of yesterday."""
    return Person(writing, user).with_session()


@dataclass(frozen=True)
class Person:
    """Somebody who asks a service."""

    service: Service
    user: str = "default"

    def with_session(self) -> "Person":
        told = {
            "category": "REST API",
            "productivity_rating": 80,
            "notes": "tajný nápad",
            "started_at": "2026-03-03T09:00:00",
        }
        self.ask("/api/sessions", method="POST", status=201, json=told)
        return self

    def ask(self, path: str, language: str = "cs", **more: Any) -> Any:
        return self.service.ask(path, headers={"Accept-Language": language, "X-User-ID": self.user}, **more)


def said(person: Person, language: str = "cs") -> dict[str, Any]:
    """A briefing, which must be valid whoever wrote it."""
    answer = person.ask(BRIEFING, language)
    MORNING_BRIEFING.answer.model_validate(answer)
    return answer


def test_a_good_draft_is_quoted_and_kept(asked: Person, model: Upstream):
    model.answers(
        content=draft(
            MORNING_BRIEFING,
            yesterday_summary={"highlight": "Za vámi: {sessions_yesterday} .", "sessions": 99},
        )
    )
    answer = said(asked)
    assert answer["ai_generated"] is True
    assert answer["fallback"] is False
    assert answer["from_cache"] is False
    assert (answer["provider"], answer["model"]) == ("cloud", "writer")
    assert answer["yesterday_summary"] == {
        "sessions": 1, "rating": 80.0, "rated_sessions": 1, "highlight": "Za vámi: 1 blok včera .",
    }  # fmt: skip
    assert CZECH in answer["insights"]
    again = said(asked)
    assert again["from_cache"] is True
    assert again["cached_at"].startswith("20")
    assert again["insights"] == answer["insights"]
    assert len(model.seen) == 1


def test_the_schema_is_asked_for_and_notes_stay_here(asked: Person, model: Upstream):
    model.answers(content=draft(MORNING_BRIEFING))
    said(asked)
    (call,) = model.seen
    wanted = call["response_format"]["json_schema"]
    assert call["response_format"]["type"] == "json_schema"
    assert wanted["strict"] is True
    assert "greeting" in wanted["schema"]["properties"]
    assert "tajný nápad" not in json.dumps(call, ensure_ascii=False)


def test_notes_leave_only_with_leave(start: Callable[..., Service], model: Upstream):
    service = start(**settings_for(model), ai_share_notes=True, ai_profile="zdravotní sestra")
    model.answers(content=draft(MORNING_BRIEFING))
    said(Person(service).with_session())
    sent = json.dumps(model.seen[0], ensure_ascii=False)
    assert "tajný nápad" in sent
    assert "zdravotní sestra" in sent


def test_a_new_session_or_another_language_is_asked_anew(asked: Person, model: Upstream):
    model.answers(content=draft(MORNING_BRIEFING))
    said(asked)
    asked.ask("/api/sessions", method="POST", status=201, json={"category": "REST API"})
    assert said(asked)["from_cache"] is False
    model.answers(content=draft(MORNING_BRIEFING, ENGLISH))
    english = said(asked, language="en")
    assert english["from_cache"] is False
    assert ENGLISH in english["insights"]


@pytest.mark.parametrize(
    "content",
    [
        "I am sorry, I cannot do that.", "", "[]", "null", "{", draft(MORNING_BRIEFING)[:80], '{"greeting": 5}',
        draft(MORNING_BRIEFING, greeting="Včera tři bloky."), draft(MORNING_BRIEFING, greeting="Včera 7 bloků."),
        draft(MORNING_BRIEFING, greeting="Včera {sessions_last_year} ."), draft(MORNING_BRIEFING, optimal_schedule="no"),
        draft(MORNING_BRIEFING, notes_insights=["ano"] * 9), draft(MORNING_BRIEFING, motivation={}),
    ],
)  # fmt: skip
def test_a_bad_draft_is_repaired_once_else_the_rules_write(asked: Person, model: Upstream, content: str):
    model.answers(content=content)
    answer = said(asked)
    assert answer["ai_generated"] is False
    assert answer["fallback"] is True
    assert answer["error"] in {"unusable", "bad_answer"}
    assert "1 blok" in answer["yesterday_summary"]
    assert "7 bloků" not in json.dumps(answer, ensure_ascii=False)
    model.answers(answers=(content or "nothing", draft(MORNING_BRIEFING)))
    repaired = said(asked)
    assert repaired["ai_generated"] is True
    assert repaired["from_cache"] is False
    assert len(model.seen) == 2
    assert model.seen[1]["messages"][-1]["content"].startswith("This cannot be used")


FAULTS = ("500", "429", "401", "half", "cut", "type", "malformed", "null", "schema", "refused")


def test_a_provider_that_fails_is_replaced_by_the_rules(start: Callable[..., Service], model: Upstream):
    person = Person(start(**settings_for(model))).with_session()
    for fault in FAULTS:
        status = int(fault) if fault.isdigit() else 500
        model.answers(fault="status" if fault.isdigit() else fault, status=status)
        answer = said(person)
        assert answer["ai_generated"] is False, fault
        assert answer["ai_available"] is False, fault
        assert "1 blok" in answer["insights"], fault
        assert SECRET not in json.dumps(answer), fault


def test_all_who_ask_at_once_share_one_call(model: Upstream, start: Callable[..., Service]):
    """Through two workers: the second service has the same database and nothing else in common."""
    first = Person(start(**settings_for(model))).with_session()
    other = Person(start(**settings_for(model)))
    model.answers(content=draft(MORNING_BRIEFING), latency=1.0)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda at: said((first, other)[at % 2]), range(12)))
    assert all(answer["ai_generated"] for answer in answers)
    assert len({answer["insights"] for answer in answers}) == 1
    assert len(model.seen) == 1


def test_rows_of_the_old_services_are_left_alone(asked: Person, model: Upstream):
    old = (
        "INSERT INTO ai_cache (cache_key, cache_type, response, expires_at)"
        " VALUES ('learning:default', 'learning', '{\"old\": 1}', now() + interval '1 day')"
    )
    run(asked.service.dsn, old)
    model.answers(content=draft(MORNING_BRIEFING))
    said(asked)
    said(asked)
    found = run(
        asked.service.dsn,
        "SELECT count(*) FROM ai_cache WHERE cache_type = 'learning' AND expires_at > now()",
    )
    assert found == 1
    assert run(asked.service.dsn, "SELECT count(*) FROM ai_cache WHERE cache_type = 'tandem-claim'") == 0


ASKED: list[tuple[AnyKind, str, Any]] = [
    (EVENING_REVIEW, "/api/ai/evening-review", None),
    (ANALYZE_BURNOUT, "/api/ai/analyze-burnout", None),
    (ANALYZE_ANOMALIES, "/api/ai/analyze-anomalies", None),
    (ANALYZE_QUALITY, "/api/ai/analyze-quality?preset=learning", None),
    (OPTIMAL_SCHEDULE, "/api/ai/optimal-schedule-ai?sessions=3", None),
    (LEARNING, "/api/ai/learning-v2", None),
    (DAILY_CHALLENGE, "/api/ai/daily-challenge", None),
    (WEEKLY_QUEST, "/api/ai/weekly-quest", None),
    (MOTIVATION, "/api/ai/motivation", None),
    (LEARNING_RECOMMENDATIONS, "/api/ai/learning-recommendations", {}),
    (NEXT_SESSION, "/api/ai/next-session-suggestion", None),
    (EXPAND_SUGGESTION, "/api/ai/expand-suggestion", {"suggestion": {"topic": "tajný nápad"}}),
]


@pytest.fixture
def busy(asked: Person) -> Person:
    """A person with enough sessions for every answer, some of them today."""
    for day in ("2026-02-27", "2026-03-01", "2026-03-02", "2026-03-04"):
        for hour in ("07", "08", "09"):
            told = {"category": "Learning", "productivity_rating": 70, "started_at": f"{day}T{hour}:00:00"}
            asked.ask("/api/sessions", method="POST", status=201, json=told)
    return asked


def marks(answer: Any) -> bool:
    """Whether a model wrote an answer, or every part of a list."""
    return all(one["ai_generated"] for one in (answer if isinstance(answer, list) else [answer]))


def test_every_answer_is_written_by_a_model_that_can(busy: Person, model: Upstream):
    for kind, path, body in ASKED:
        model.answers(content=draft(kind))
        more = {} if body is None else {"method": "POST", "json": body}
        answer = busy.ask(path, **more)
        assert marks(answer) is True, path
        assert CZECH in json.dumps(answer, ensure_ascii=False), path
        assert "tajný nápad" not in json.dumps(model.seen[0], ensure_ascii=False), path
        assert marks(busy.ask(path, **more)) is True, path
        assert len(model.seen) == 1, path


def test_no_number_of_a_model_reaches_any_answer(busy: Person, model: Upstream):
    for kind, path, body in ASKED:
        for planted in (
            "Zvládli jste 987 bloků.",
            "Zvládli jste devadesát sedm bloků.",
            "Zvládli jste {lots} .",
        ):
            model.answers(content=draft(kind, planted))
            answer = busy.ask(path, **({} if body is None else {"method": "POST", "json": body}))
            assert marks(answer) is False, path
            assert not {"987", "devadesát", "lots"} & set(json.dumps(answer, ensure_ascii=False).split()), (
                path
            )


def test_the_parts_of_an_insight_are_asked_for_at_once(busy: Person, model: Upstream):
    model.answers(content=draft(INTEGRATED_INSIGHT), latency=0.3)
    first = busy.ask("/api/ai/integrated-insight")
    assert first["ai_generated"] is True
    assert model.server.statistics.most_active >= 3
    model.answers(content=draft(INTEGRATED_INSIGHT))
    assert busy.ask("/api/ai/integrated-insight")["ai_generated"] is True


def test_topics_are_named_by_the_model_only_as_they_stand_in_the_tasks(asked: Person, model: Upstream):
    body = {"tasks": [{"task": "Write pytest fixtures for Docker", "category": "Learning"}]}
    named = {"technologies": ["pytest", "Docker"], "concepts": ["fixtures"], "expertise_areas": []}
    model.answers(content=json.dumps(named))
    answer = asked.ask("/api/ai/extract-topics", "en", method="POST", json=body)
    assert answer["ai_generated"] is True
    assert {key: answer[key] for key in named} == named
    assert "Write pytest fixtures" in json.dumps(model.seen[0])
    model.answers(content=json.dumps(named | {"technologies": ["Kubernetes"]}))
    other = {"tasks": [{"task": "Write pytest fixtures", "category": "Learning"}]}
    answer = asked.ask("/api/ai/extract-topics", "en", method="POST", json=other)
    assert answer["ai_generated"] is False
    assert "Kubernetes" not in json.dumps(answer)


def test_stored_tasks_are_not_sent_for_their_topics(busy: Person, model: Upstream):
    model.answers(content="{}")
    answer = busy.ask("/api/ai/extract-topics", method="POST", json={})
    assert answer["ai_generated"] is False
    assert not model.seen


def test_kept_answers_are_listed_and_made_unusable(busy: Person, model: Upstream):
    model.answers(content=draft(MORNING_BRIEFING))
    said(busy)
    status = busy.ask("/api/ai/cache-status")
    assert (status["total_cached"], status["valid"], status["invalidated"]) == (1, 1, 0)
    assert status["caches"][0]["type"] == "morning_briefing"
    gone = busy.ask("/api/ai/invalidate-cache", method="POST")
    assert (gone["status"], gone["invalidated_count"]) == ("invalidated", 1)
    assert busy.ask("/api/ai/cache-status")["invalidated"] == 1
    assert said(busy)["from_cache"] is False
    assert len(model.seen) == 2
    assert busy.ask("/api/ai/v2/health")["cache_status"]["valid"] == 1


def test_health_looks_without_paying(busy: Person, model: Upstream):
    model.answers(content="x")
    look = busy.ask("/api/ai/health")
    assert (look["ai_provider"], look["configured_model"], look["status"]) == ("cloud", "writer", "healthy")
    assert not model.seen


def run(dsn: str, statement: str) -> Any:
    """Run one statement on a database."""

    async def go() -> Any:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(go())
