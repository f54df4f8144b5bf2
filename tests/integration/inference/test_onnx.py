"""A text classifier of somebody else's, made here: a bag of words, as ONNX."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tandem.core.errors import ConfigurationError
from tandem.core.settings import Settings
from tandem.inference.errors import ModelMissingError
from tandem.inference.sentiment.analyzer import SentimentAnalyzer, analyzer_of
from tandem.inference.sentiment.onnx import AT_ONCE, OnnxClassifier

needs_onnx = pytest.mark.skipif(
    not (find_spec("onnxruntime") and find_spec("tokenizers")),
    reason="onnxruntime is not installed: the extra `models`",
)

WORDS = ["[PAD]", "[UNK]", "good", "bad", "table", "not"]


def varint(number: int) -> bytes:
    data = b""
    while number > 0x7F:
        data += bytes([number & 0x7F | 0x80])
        number >>= 7
    return data + bytes([number])


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a protocol buffer, which is what an ONNX file is."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def value_info(name: str, kind: int, dimensions: list[str | int]) -> bytes:
    shape = b"".join(
        field(1, field(1, size) if isinstance(size, int) else field(2, size)) for size in dimensions
    )
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def classifier(weights: np.ndarray) -> bytes:
    """Gather each word's row of ``weights``, add up: the scores."""
    rows, columns = weights.shape
    table = field(1, rows) + field(1, columns) + field(2, 1) + field(8, "table") + field(9, weights.tobytes())

    axes = field(1, 1) + field(2, 7) + field(8, "axes") + field(9, np.array([1], dtype=np.int64).tobytes())

    gather = field(1, "table") + field(1, "input_ids") + field(2, "rows") + field(4, "Gather")
    keep = field(5, field(1, "keepdims") + field(3, 0) + field(20, 2))
    add = field(1, "rows") + field(1, "axes") + field(2, "logits") + field(4, "ReduceSum") + keep
    graph = (
        field(1, gather) + field(1, add) + field(2, "bag") + field(5, table) + field(5, axes)
        + field(11, value_info("input_ids", 7, ["batch", "words"])) + field(12, value_info("logits", 1, ["batch", columns]))
    )  # fmt: skip
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def written(directory: Path, labels: dict[str, str], sign: float = 1.0) -> Path:
    """A directory with a classifier."""
    weights = np.zeros((len(WORDS), len(labels)), dtype=np.float32)
    weights[WORDS.index("good")] = sign * np.linspace(-2, 2, len(labels))
    weights[WORDS.index("bad")] = -sign * np.linspace(-2, 2, len(labels))
    directory.mkdir(exist_ok=True)
    (directory / "model.onnx").write_bytes(classifier(weights))
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: at for at, word in enumerate(WORDS)}, "unk_token": "[UNK]"},
    }  # fmt: skip
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer))
    (directory / "config.json").write_text(
        json.dumps({"id2label": labels, "_name_or_path": "bag", "pad_token_id": 0})
    )
    return directory


def analyzer_with(directory: Path) -> SentimentAnalyzer:
    return analyzer_of(Settings(sentiment_model=directory, model_threads=1, _env_file=None))


@needs_onnx
async def test_it_takes_the_place_of_ours_and_its_next_version_takes_over(tmp_path: Path) -> None:
    directory = written(tmp_path / "bag", {"0": "NEGATIVE", "1": "POSITIVE"})
    analyzer = analyzer_with(directory)
    await analyzer.open()
    try:
        good, bad, odd = await analyzer.judge(["A GOOD table", "bad bad", "\ud800"], explain=True)
        assert good.verdict.label == "positive"
        assert good.verdict.positive == pytest.approx(1 / (1 + np.exp(-4)))
        assert good.verdict.neutral == 0
        assert [word.word for word in good.verdict.words] == ["GOOD"]
        assert bad.verdict.label == "negative"
        assert odd.verdict.positive == pytest.approx(0.5)
        assert good.version.startswith("bag ")
        # The same labels the other way round: what was good is bad now.
        written(directory, {"0": "NEGATIVE", "1": "POSITIVE"}, sign=-1)
        await analyzer.model.replace()
        (turned,) = await analyzer.judge(["a good table"], explain=False)
        assert turned.verdict.label == "negative"
        assert turned.version != good.version
    finally:
        await analyzer.close()


@needs_onnx
async def test_what_is_missing_or_says_nothing_is_named(tmp_path: Path) -> None:
    directory = written(tmp_path / "odd", {"0": "joy", "1": "anger"})
    analyzer = analyzer_with(directory)
    await analyzer.open()
    with pytest.raises(ConfigurationError, match="joy"):
        await analyzer.judge(["a"], explain=False)
    (directory / "tokenizer.json").unlink()
    with pytest.raises(ModelMissingError, match=r"tokenizer\.json"):
        await analyzer.judge(["a"], explain=False)
    await analyzer.close()


@needs_onnx
def test_a_long_text_is_not_what_short_ones_are_filled_up_to(tmp_path: Path, monkeypatch) -> None:
    """Texts of several callers are read in slices by length, and each gets its own verdict."""
    model = OnnxClassifier(written(tmp_path / "bag", {"0": "NEGATIVE", "1": "POSITIVE"}), threads=1)
    texts = [("good " if number % 3 else "bad ") * (1 + number % 4) for number in range(60)]
    texts.insert(7, "table good " * 200)
    alone = [model.analyze([text], [False])[0] for text in texts]
    read, lengths = model._read, []

    def watched(some):
        lengths.append([len(text) for text in some])
        return read(some)

    monkeypatch.setattr(model, "_read", watched)
    assert model.analyze(texts, [False] * len(texts)) == alone
    assert [verdict.label for verdict in alone[:3]] == ["negative", "positive", "positive"]
    assert all(len(some) <= AT_ONCE for some in lengths)
    assert sum(max(some) > 1_000 for some in lengths) == 1
    assert model.analyze([], []) == []
