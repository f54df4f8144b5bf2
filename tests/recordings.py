"""Recordings for tests: those in ../shared/data, where they are, and sounds that are made here."""

import csv
import io
import wave
from pathlib import Path

import numpy as np
import pytest

PLACE = Path(__file__).parents[2] / "shared" / "data" / "speech"


def spoken(name: str) -> bytes:
    """A recording of somebody speaking; the test is skipped, saying so, where there are none."""
    path = PLACE / f"{name}.wav"
    if not path.is_file():
        pytest.skip(f"no recordings: {path} is not there")
    return path.read_bytes()


def transcripts() -> list[dict[str, str]]:
    """What is said in them."""
    path = PLACE / "transcripts.tsv"
    if not path.is_file():
        pytest.skip(f"no recordings: {path} is not there")
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def wav(samples: np.ndarray, rate: int = 16_000, channels: int = 1) -> bytes:
    """Samples between -1 and 1 as a WAV file of 16 bits; every channel holds the same."""
    data = np.repeat((samples * 32767).astype("<i2"), channels)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data.tobytes())
    return buffer.getvalue()


def tone(seconds: float, rate: int = 16_000) -> np.ndarray:
    """A sound that nobody speaks."""
    return 0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)


CODINGS = {
    "flac": ("flac", "flac", 16_000), "mp3": ("libmp3lame", "mp3", 44_100), "ogg": ("libopus", "ogg", 48_000),
    "webm": ("libopus", "webm", 48_000), "wav": ("pcm_mulaw", "wav", 8_000),
}  # fmt: skip
"""Codec, container and sample rate of each format."""


def coded(recording: bytes, kind: str, layout: str = "mono") -> bytes:
    """A WAV file in another format; the test is skipped, saying so, where nothing can write it."""
    av = pytest.importorskip("av", reason="PyAV is not installed: tandem[models]")
    codec, container, rate = CODINGS[kind]
    if codec not in av.codecs_available:
        pytest.skip(f"PyAV has no {codec} here")
    buffer = io.BytesIO()
    with av.open(io.BytesIO(recording)) as source, av.open(buffer, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
        for frame in [*source.decode(audio=0), None]:
            for part in resampler.resample(frame):
                target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    return buffer.getvalue()
