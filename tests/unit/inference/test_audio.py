"""Decoding: by content, in every format, and what is wrong with a file."""

import io
import struct

import numpy as np
import pytest

from recordings import CODINGS, coded, tone, wav
from tandem.core.errors import ClientError
from tandem.inference.audio_format import RATE, missing_bytes, recognised, tag_length
from tandem.inference.speech_errors import (
    AudioTooLongError,
    CorruptAudioError,
    EmptyAudioError,
    UnsupportedAudioError,
)

av = pytest.importorskip("av", reason="PyAV is not installed: tandem[models]")

from tandem.inference.audio import decode, samples  # noqa: E402

TONE = wav(tone(1.5))


@pytest.fixture
def decoded(tmp_path):
    """Decode bytes; returns the recording and its samples."""

    def read(data, longest=60.0, name="recording"):
        source, target = tmp_path / name, tmp_path / "samples"
        source.write_bytes(data)
        recording = decode(source, target, longest)
        return recording, samples(target)

    return read


@pytest.mark.parametrize("kind", CODINGS)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_every_format(decoded, kind, layout):
    """One channel, 16,000 samples a second, as loud and as high as it was."""
    recording, heard = decoded(coded(TONE, kind, layout), name="named.txt")
    assert (recording.format, recording.sample_rate) == (kind, CODINGS[kind][2])
    assert recording.channels == (1 if layout == "mono" else 2)
    assert recording.seconds == pytest.approx(1.5, abs=0.06)
    assert len(heard) == round(recording.seconds * RATE)
    assert recording.peak == pytest.approx(0.3, abs=0.15)
    spectrum = np.abs(np.fft.rfft(heard))
    assert spectrum.argmax() * RATE / len(heard) == pytest.approx(440, abs=3)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 6), (96_000, 1)])
def test_rates_and_channels(decoded, rate, channels):
    """Whatever the rate and the number of channels."""
    recording, heard = decoded(wav(tone(0.5, rate), rate, channels))
    assert (recording.sample_rate, recording.channels) == (rate, channels)
    assert len(heard) == pytest.approx(RATE / 2, abs=20)


def test_a_part_of_the_samples(decoded, tmp_path):
    """From one sample up to another."""
    _, heard = decoded(TONE)
    assert np.array_equal(samples(tmp_path / "samples", 100, 300), heard[100:300])


def test_a_recorder_that_did_not_know_the_length(decoded):
    """Sizes of 0 or the largest number, as written by programs that record into a pipe, mean nothing."""
    for size in (0, 0xFFFFFFFF, 0x7FFFF000):
        endless = TONE[:4] + struct.pack("<I", size) + TONE[8:40] + struct.pack("<I", size) + TONE[44:]
        assert decoded(endless)[0].seconds == pytest.approx(1.5, abs=0.01)


def test_what_is_no_recording(decoded):
    """Text, a playlist and noise, whatever they are called; the decoder never sees them."""
    for data in (b"hello", b"#EXTM3U\nfile:///etc/passwd\n", b"\x89PNG\r\n\x1a\n" + bytes(100), b"RIFF\x24\0\0\0AVI ", b"ID", b"\xff\xf1\x50\x80" + bytes(100)):  # fmt: skip
        with pytest.raises(UnsupportedAudioError, match="WAV, FLAC, MP3, OGG and WebM"):
            decoded(data, name="music.mp3")


def test_what_is_empty(decoded):
    """No bytes, no samples."""
    for data in (b"", wav(np.zeros(0)), wav(np.zeros(10))):
        with pytest.raises(EmptyAudioError):
            decoded(data)


@pytest.mark.parametrize("kind", ["flac", "mp3", "webm"])
def test_what_ends_early(decoded, kind):
    """Half of a recording is not taken for a whole one, where its header tells the length."""
    data = coded(wav(tone(6)), kind)
    with pytest.raises(CorruptAudioError):
        decoded(data[: len(data) // 2])
    with pytest.raises(CorruptAudioError, match="header promises more"):
        decoded(TONE[: len(TONE) // 2])


@pytest.mark.parametrize("kind", CODINGS)
def test_garbage_behind_a_good_beginning(decoded, kind):
    """It is an error of the file, never one of ours; what is left of it may be a sound."""
    noise = np.random.default_rng(7).bytes(3000)
    for head in (0, 4, 12, 40, 200):
        try:
            decoded(coded(TONE, kind)[:head] + noise)
        except ClientError:
            pass


def test_tags_in_no_known_coding(decoded):
    """Whatever stands in the title, the sound is there."""
    title = b"INFOINAM" + struct.pack("<I", 4) + b"\xff\xfe\xc3\x28"
    data = wav(tone(1)) + b"LIST" + struct.pack("<I", len(title)) + title
    data = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    recording, _ = decoded(data)
    assert recording.seconds == pytest.approx(1, abs=0.01)


def test_silence_that_was_left_out(decoded):
    """A coding may skip silence and go on by the clock: such a recording is whole, though it has fewer samples than time."""
    data = wav(tone(2))
    buffer = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(buffer, "w", format="webm") as target:
        stream = target.add_stream("libopus", rate=48_000, layout="mono")
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48_000)
        packets = [
            packet
            for frame in [*source.decode(audio=0), None]
            for part in resampler.resample(frame)
            for packet in stream.encode(part)
        ] + stream.encode(None)
        for packet in packets:
            if not 0.5 < float(packet.pts * packet.time_base) < 1.5:
                target.mux(packet)
    recording, _ = decoded(buffer.getvalue())
    assert 0.9 < recording.seconds < 1.2


def test_too_long(decoded):
    """By what the header says, and by what really comes, without decoding all of it."""
    with pytest.raises(AudioTooLongError, match=r"0\.5 minutes"):
        decoded(wav(np.zeros(31 * RATE)), longest=30)
    silence = wav(np.zeros(31 * RATE))
    with pytest.raises(AudioTooLongError):
        decoded(silence[:4] + bytes(4) + silence[8:40] + bytes(4) + silence[44:], longest=30)


def test_recognition():
    """The first bytes of each format; an ID3 tag is passed over."""
    assert recognised(b"\xff\xfb\x90\x64") == recognised(b"ID3\x04") == "mp3"
    assert [recognised(head) for head in (b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"RF64....WAVE")] == ["flac", "ogg", "webm", "wav"]  # fmt: skip
    assert [recognised(head) for head in (b"", b"\xff\xff\xff\xff", b"\xff\xe0\x00\x00", b"PK\x03\x04")] == [
        None
    ] * 4
    assert tag_length(b"ID3\x04\0\0\0\0\x02\x01") == 10 + 257
    assert missing_bytes(b"RIFF" + struct.pack("<I", 992) + b"WAVE", 900) == 100
