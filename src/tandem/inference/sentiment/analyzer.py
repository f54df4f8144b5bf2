"""Sentiment for the process that serves: batches, one model process, answers that are kept.

The same text gets the same verdict from the same version, so verdicts are kept by the text's hash. Fail modes: without the
cache every text is judged anew; without the packages ModelMissingError says what to install; a full queue is ModelBusyError.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tandem.core.cache.codecs import TypedCodec
from tandem.core.cache.entry import Lifetime
from tandem.core.cache.tiered import TieredCache
from tandem.core.settings import Settings
from tandem.inference.batching import Batcher, BatcherStatistics, BatchLimits, Observer
from tandem.inference.registry import Registered
from tandem.inference.sentiment.verdict import Verdict
from tandem.inference.spec import ModelSpec, default_threads

LIMITS: Final = BatchLimits(size=32, wait=0.003, queue=2048)
OWN_NAME: Final = "tandem-sentiment"
_KEPT: Final = Lifetime(fresh=86_400.0)
_FILES: Final = ("model.onnx", "tokenizer.json", "config.json")


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and where it comes from."""

    verdict: Verdict
    version: str
    """Name and version of the model."""
    from_cache: bool


@dataclass(frozen=True, slots=True)
class _Ask:
    text: str
    explain: bool


_CODEC: Final[TypedCodec[Verdict]] = TypedCodec(Verdict)


class SentimentAnalyzer:
    """See the module's text. A resource of one event loop."""

    def __init__(
        self, spec: ModelSpec, *, directory: Path | None = None, seconds: float = 60.0,
        cache: TieredCache | None = None, observer: Observer | None = None,
    ) -> None:  # fmt: skip
        """Judge with the model of ``spec``; look for new files in ``directory``; keep verdicts in ``cache``."""
        self.name = spec.name
        self._model = Registered(spec, None if directory is None else lambda: _stamp(directory))
        self._seconds, self._cache = seconds, cache
        self._batcher = Batcher[_Ask, tuple[Verdict, str]](spec.name, self._run, LIMITS, observer)

    async def open(self) -> None:
        """Get ready; the model is loaded at the first text."""
        await self._model.open()
        await self._batcher.open()

    async def close(self) -> None:
        """End the model's process."""
        await self._batcher.close()
        await self._model.close()

    async def ping(self) -> None:
        """Raise if no text could be judged any more."""
        await self._batcher.ping()
        await self._model.ping()

    @property
    def version(self) -> str:
        """Of the model that answers now; empty before the first text."""
        return self._model.version

    @property
    def model(self) -> Registered:
        """The model behind it."""
        return self._model

    def statistics(self) -> BatcherStatistics:
        """Return one look at the queue."""
        return self._batcher.statistics()

    async def judge(self, texts: Sequence[str], *, explain: bool, cached: bool = True) -> list[Judged]:
        """Return what is thought of each text, in order; with words and a similar example if ``explain``.

        Raises ModelMissingError, ModelBusyError, ModelDiedError, ModelTimeoutError.
        """
        kept = [await self._kept(text, explain) if cached else None for text in texts]
        new = list(dict.fromkeys(text for text, found in zip(texts, kept, strict=True) if found is None))
        made = await self._batcher.submit_all([_Ask(text, explain) for text in new])
        fresh = dict(zip(new, made, strict=True))
        for text, (verdict, version) in fresh.items():
            await self._keep(text, verdict, version, explain=explain)
        return [
            found if found is not None else Judged(*fresh[text], from_cache=False)
            for text, found in zip(texts, kept, strict=True)
        ]

    async def _kept(self, text: str, explain: bool) -> Judged | None:
        version = self._model.version
        if self._cache is None or not version:
            return None
        found = await self._cache.get(_key(text, version, explain=explain), _CODEC)
        return None if found is None else Judged(found.value, version, from_cache=True)

    async def _keep(self, text: str, verdict: Verdict, version: str, *, explain: bool) -> None:
        if self._cache is not None:
            await self._cache.put(
                _key(text, version, explain=explain), verdict, codec=_CODEC, lifetime=_KEPT, tags=("sentiment",)
            )  # fmt: skip

    async def _run(self, asks: list[_Ask]) -> list[tuple[Verdict, str]]:
        texts, explain = [ask.text for ask in asks], [ask.explain for ask in asks]
        async with self._model.current() as runner:
            verdicts = await runner.call("analyze", texts, explain, seconds=self._seconds)
            return [(verdict, runner.version) for verdict in verdicts]


def analyzer_of(
    settings: Settings, cache: TieredCache | None = None, observer: Observer | None = None
) -> SentimentAnalyzer:
    """Return the analyzer that ``settings`` ask for: a classifier of one's own, else the model that comes with the project."""
    threads = settings.model_threads or default_threads()
    directory = settings.sentiment_model
    if directory is None:
        spec = ModelSpec(
            OWN_NAME, "tandem.inference.sentiment.classifier:load", {"threads": threads}, threads=threads,
            niceness=settings.model_niceness,
        )  # fmt: skip
    else:
        directory = directory.expanduser().absolute()
        spec = ModelSpec(
            directory.name, "tandem.inference.sentiment.onnx:load", {"directory": str(directory), "threads": threads},
            threads=threads, niceness=settings.model_niceness,
        )  # fmt: skip
    return SentimentAnalyzer(
        spec,
        directory=directory,
        seconds=settings.model_timeout,
        cache=cache if settings.sentiment_cache else None,
        observer=observer,
    )


def _key(text: str, version: str, *, explain: bool) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"sentiment:{version}:{int(explain)}:{digest}"


def _stamp(directory: Path) -> tuple[tuple[int, int] | None, ...]:
    """Return what changes when the files do."""
    return tuple(_seen(directory / name) for name in _FILES)


def _seen(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
