"""The background jobs of Tokimeki."""

from tandem.core.jobs.contribution import Contribution, Workshop
from tandem.inference.sentiment.analyzer import analyzer_of
from tandem.inference.transcription import transcriber_of
from tandem.tokimeki.services.sentiment_service import JUDGE, SentimentJobs
from tandem.tokimeki.services.speech_service import TRANSCRIBE
from tandem.tokimeki.services.transcription_job import TranscriptionJobs


async def contribute(workshop: Workshop) -> Contribution:
    """Return what this service wants done in the background."""
    transcriber = transcriber_of(workshop.settings)
    await workshop.resources.add(
        "speech", open=transcriber.open, close=transcriber.close, ping=transcriber.ping
    )
    analyzer = analyzer_of(workshop.settings)
    await workshop.resources.add("sentiment", open=analyzer.open, close=analyzer.close, ping=analyzer.ping)
    transcriptions = TranscriptionJobs(transcriber, workshop.settings.home_path / "speech")
    return Contribution(handlers={TRANSCRIBE: transcriptions, JUDGE: SentimentJobs(analyzer)})
