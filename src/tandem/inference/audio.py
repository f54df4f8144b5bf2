"""Decodes a recording to what speech models read: one channel of 16-bit samples, 16,000 a second.

Runs in the model's process: a decoder that stumbles over a hostile file takes no server along. The samples go straight
into a file, in blocks, so that memory does not grow with the length.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from numpy.typing import NDArray

from tandem.inference.audio_format import (
    FORMATS,
    LOOKED_AT,
    RATE,
    AudioFormat,
    Recording,
    missing_bytes,
    recognised,
    tag_length,
)
from tandem.inference.speech_errors import (
    AudioTooLongError,
    CorruptAudioError,
    EmptyAudioError,
    UnsupportedAudioError,
)

COMPLETE: Final = 0.9
"""The part of what its header promises that a recording must hold."""

SHORTEST: Final = 0.05
"""Seconds below which nothing can have been said."""

_DEMUXERS: Final[dict[AudioFormat, str]] = {
    "wav": "wav", "flac": "flac", "mp3": "mp3", "ogg": "ogg", "webm": "matroska",
}  # fmt: skip

_ODD_TAGS: Final[dict[str, Any]] = (
    {"metadata_errors": "ignore"} if int(av.__version__.split(".")[0]) < 19 else {}
)
"""Tags that are not UTF-8 do not matter. PyAV 19, which needs Python 3.12, bears them by itself and takes no wish any more."""

_WRONG: Final = "the recording cannot be decoded: it is damaged, or not what its first bytes say"


def decode(source: Path, target: Path, longest: float) -> Recording:
    """Write the samples of ``source`` to ``target``.

    Raises UnsupportedAudioError, EmptyAudioError, CorruptAudioError, and AudioTooLongError beyond ``longest`` seconds, which
    is found out without decoding more than that.
    """
    kind = _recognised(source)
    try:
        with av.open(str(source), format=_DEMUXERS[kind], **_ODD_TAGS) as container:
            if not container.streams.audio:
                raise EmptyAudioError("the file holds no sound")
            stream = container.streams.audio[0]
            declared = (container.duration or 0) / av.time_base
            if declared > longest:
                raise _too_long(longest)
            with target.open("wb") as samples:
                written = _write(container, samples, longest)
            alone = len(container.streams) == 1
            recording = Recording(
                kind, stream.codec_context.name, stream.rate or 0, stream.layout.nb_channels, written.count / RATE,
                min(1.0, written.peak / 32767),
            )  # fmt: skip
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        raise CorruptAudioError(_WRONG) from error
    if recording.seconds < SHORTEST:
        raise (
            EmptyAudioError("the recording holds no sound")
            if declared < SHORTEST
            else CorruptAudioError(_WRONG)
        )
    # A film may go on after its last sound.
    if alone and max(recording.seconds, written.ends) < COMPLETE * declared:
        raise CorruptAudioError(
            f"the recording ends early: {recording.seconds:.1f} s of {declared:.1f} s can be decoded"
        )
    return recording


def samples(path: Path, start: int = 0, stop: int | None = None) -> NDArray[np.float32]:
    """Return decoded samples from ``start`` up to ``stop``, between -1 and 1."""
    count = -1 if stop is None else stop - start
    return np.fromfile(path, dtype=np.int16, count=count, offset=2 * start).astype(np.float32) / 32768.0


def _recognised(source: Path) -> AudioFormat:
    size = source.stat().st_size
    if size == 0:
        raise EmptyAudioError("the file is empty")
    with source.open("rb") as file:
        head = file.read(LOOKED_AT)
        tag = tag_length(head)
        if tag:
            file.seek(tag)
        kind = recognised(file.read(LOOKED_AT) if tag else head) or recognised(head)
    if kind is None:
        raise UnsupportedAudioError(
            f"this is no recording that can be read here; {FORMATS} are, by their content"
        )
    if kind == "wav" and missing_bytes(head, size) > (1 - COMPLETE) * (missing_bytes(head, size) + size):
        raise CorruptAudioError("the recording ends early: its header promises more than the file holds")
    return kind


@dataclass(slots=True)
class _Written:
    count: int = 0
    """Samples."""
    peak: int = 0
    """The largest of them."""
    ends: float = 0.0
    """Seconds, by the file's own clock: some codings leave silence out, so that there are fewer samples than time."""


def _write(container: InputContainer, target: BinaryIO, longest: float) -> _Written:
    """Write all samples."""
    written = _Written()
    for frame in _resampled(container, written):
        block = frame.to_ndarray().astype("<i2", copy=False)
        written.count += block.size
        if written.count > longest * RATE:
            raise _too_long(longest)
        if block.size:
            written.peak = max(written.peak, int(block.max()), -int(block.min()))
        target.write(block.tobytes())
    return written


def _resampled(container: InputContainer, written: _Written) -> Iterator[AudioFrame]:
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    for frame in _readable(container):
        if frame.time is not None:
            written.ends = frame.time + frame.samples / frame.sample_rate
        frame.pts = None  # what counts is the order, not what a damaged clock says
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _readable(container: InputContainer) -> Iterator[AudioFrame]:
    """Yield the frames that can be decoded, leaving out what is damaged between them."""
    frames = container.decode(audio=0)
    while True:
        try:
            frame = next(frames)
        except StopIteration:
            return
        except av.error.EOFError:
            return
        except av.error.InvalidDataError:
            continue
        yield frame


def _too_long(longest: float) -> AudioTooLongError:
    return AudioTooLongError(f"the recording is longer than the {longest / 60:g} minutes that are accepted")
