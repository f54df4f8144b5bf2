"""Which format a recording has: told by its first bytes, never by its name.

The decoder is given the format that was recognised and may not guess itself: it also knows playlists, which open other
files and addresses.
"""

from dataclasses import dataclass
from typing import Final, Literal

AudioFormat = Literal["wav", "flac", "mp3", "ogg", "webm"]

RATE: Final = 16_000
"""Samples a second of decoded recordings."""

FORMATS: Final = "WAV, FLAC, MP3, OGG and WebM"
LOOKED_AT: Final = 12
"""Bytes that are enough to tell; behind an ID3 tag as many once more."""

_PLACEHOLDER: Final = 2**30
"""A WAV that says to be longer was written by a recorder that could not know its length."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded recording; ``peak`` is its largest amplitude, 0-1."""

    format: AudioFormat
    codec: str
    sample_rate: int
    channels: int
    seconds: float
    peak: float


def recognised(head: bytes) -> AudioFormat | None:
    """Return the format of a file that begins with ``head``, None if it is none that is read."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS":
        return "ogg"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm"
    if head[:3] == b"ID3" or _is_mpeg_layer_3(head):
        return "mp3"
    return None


def tag_length(head: bytes) -> int:
    """Return the bytes of the ID3 tag at the beginning, 0 if there is none."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return size + 10


def missing_bytes(head: bytes, size: int) -> int:
    """Return how many bytes a WAV file of ``size`` bytes lacks against what its header says."""
    declared = int.from_bytes(head[4:8], "little") + 8
    return max(0, declared - size) if head[:4] == b"RIFF" and declared < _PLACEHOLDER else 0


def _is_mpeg_layer_3(head: bytes) -> bool:
    """Return whether a frame header of MPEG audio, layer III, stands here: sync, a real version, bit rate and sample rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate not in (0, 15) and sample_rate != 3
