"""What the scenarios of chat have in common: questions that no cache knows, and who answers them."""

from collections.abc import Sequence
from typing import Final

from tandem.bench.load.asks import Ask
from tandem.bench.measure.server import Server
from tandem.bench.scenario import Bench
from tandem.bench.subjects import ours
from tandem.bench.subjects.people import Person
from tandem.bench.subjects.world import Populated

MODEL: Final = "openai/gpt-4o-mini"
UPSTREAM_MODEL: Final = "gpt-4o-mini"
TOKENS: Final = 20
QUESTIONS: Final = 1000
CONCURRENT: Final = 50


def people(bench: Bench) -> Populated:
    """Return a database with somebody in it."""
    return bench.world.database("chats", [Person("default", 50)])


def tandem(
    bench: Bench,
    upstream: Server,
    *,
    workers: int = 2,
    settings: dict[str, str] | None = None,
    label: str = "",
) -> Server:
    """Tokimeki asking ``upstream``."""
    return ours.tokimeki(
        bench.world, people(bench), workers=workers, settings=ours.asking(upstream) | (settings or {}), label=label
    )  # fmt: skip


def questions(
    server: Server, path: str, *, model: str = MODEL, stream: bool = False, tokens: int = TOKENS
) -> Sequence[Ask]:
    """Return different requests for ``tokens``, in the words of ``path``; an answer counts if it holds all of them."""
    whole = b'"completion_tokens":%d' % tokens
    return [
        _question(server, path, model, number, whole, stream=stream, tokens=tokens)
        for number in range(QUESTIONS)
    ]


def _question(  # noqa: PLR0913 - one request
    server: Server, path: str, model: str, number: int, whole: bytes, *, stream: bool, tokens: int
) -> Ask:  # fmt: skip
    text, headers = (
        f"What moved the market on day {number}, and why? Answer in a few sentences.",
        server.headers("default"),
    )
    if path.startswith("/v1/"):
        body = {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": tokens}
        if stream:
            return Ask.post(path, body | {"stream": True}, headers, b'"content":"', times=tokens)
        return Ask.post(path, body, headers, whole)
    if path == "/compare_models":
        body = {"prompt": text, "models": [MODEL] * 3, "max_tokens": tokens}
        return Ask.post(path, body, headers, whole, times=3)
    return Ask.post(path, {"message": text, "model": model, "max_tokens": tokens}, headers, whole)
