"""Any ONNX text classifier from a local directory: ``model.onnx``, ``tokenizer.json``, ``config.json`` with ``id2label``.

What the labels are called decides what they mean: names with pos, neg or neu in them, stars, bullish and bearish, or LABEL_0 to
LABEL_2 from negative to positive. Labels that mean the same are added up.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tandem.core.errors import ConfigurationError
from tandem.inference.errors import ModelMissingError
from tandem.inference.sentiment.head import softmax
from tandem.inference.sentiment.labels import meaning_of_all
from tandem.inference.sentiment.occlusion import Occlusion
from tandem.inference.sentiment.verdict import LABELS, Verdict, verdicts

FILES: Final = ("model.onnx", "tokenizer.json", "config.json")
MOST_TOKENS: Final = 512
INSTALL: Final = (
    "a text classifier of your own needs onnxruntime and tokenizers: pip install 'tandem[models]'"
)

AT_ONCE: Final = 32
"""Texts that the model reads together."""


class OnnxClassifier:
    """Judges texts with somebody else's model."""

    def __init__(self, directory: Path, threads: int) -> None:
        """Load what lies in ``directory``.

        Raises ModelMissingError when a package or a file is not there, ConfigurationError for labels that say nothing.
        """
        missing = [name for name in FILES if not (directory / name).is_file()]
        if missing:
            raise ModelMissingError(f"{directory} has no {', '.join(missing)} (TANDEM_SENTIMENT_MODEL)")
        try:
            import onnxruntime  # noqa: PLC0415 - only this process may load it
            from tokenizers import Tokenizer  # noqa: PLC0415
        except ImportError as error:
            raise ModelMissingError(INSTALL) from error
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        self._meanings = _meanings(config)
        longest = min(MOST_TOKENS, int(config.get("max_position_embeddings", MOST_TOKENS + 2)) - 2)
        self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._tokenizer.enable_truncation(max(1, longest))
        self._tokenizer.enable_padding(pad_id=int(config.get("pad_token_id") or 0))
        options = onnxruntime.SessionOptions()
        # The pools are sized by the host otherwise, and spin.
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            directory / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {given.name for given in self._session.get_inputs()}
        self.version = f"{config.get('_name_or_path') or directory.name} {_digest(directory / 'model.onnx')}"

    def analyze(self, texts: Sequence[str], explain: Sequence[bool]) -> list[Verdict]:
        """Return a verdict for each text, with words where ``explain`` says so; it knows no examples."""
        asked = Occlusion(texts, explain)
        probabilities = self._probabilities(asked.readings)
        return verdicts(probabilities[: len(texts)], asked.words(_leanings(probabilities)), {})

    def _probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return a row for each text. They are read by length: a short one beside a long one would be filled up to its length."""
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found = np.zeros((len(texts), len(LABELS)))
        for begin in range(0, len(texts), AT_ONCE):
            places = by_length[begin : begin + AT_ONCE]
            found[places] = self._read([texts[place] for place in places])
        return found

    def _read(self, texts: Sequence[str]) -> NDArray[np.float64]:
        read = self._tokenizer.encode_batch(
            [text.encode("utf-8", "replace").decode("utf-8") or " " for text in texts]
        )
        offered: dict[str, Any] = {
            "input_ids": [one.ids for one in read], "attention_mask": [one.attention_mask for one in read],
            "token_type_ids": [one.type_ids for one in read],
        }  # fmt: skip
        fed = {name: np.array(offered[name], dtype=np.int64) for name in self._inputs & offered.keys()}
        (scores, *_) = self._session.run(None, fed)
        shares = softmax(np.asarray(scores, dtype=np.float64))
        return shares @ self._meanings


def _leanings(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.clip(probabilities, 1e-6, 1)
    leanings: NDArray[np.float64] = np.log(shares[:, 2]) - np.log(shares[:, 0])
    return leanings


def _meanings(config: dict[str, Any]) -> NDArray[np.float64]:
    """Return which label of theirs counts as which of ours, shape (theirs, 3)."""
    names = config.get("id2label") or {}
    theirs = [str(names[key]) for key in sorted(names, key=int)]
    ours = meaning_of_all(theirs)
    if ours is None:
        raise ConfigurationError(f"config.json: the labels {theirs} do not tell positive from negative")
    table = np.zeros((len(theirs), len(LABELS)))
    for at, label in enumerate(ours):
        table[at, LABELS.index(label)] = 1
    return table


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def load(directory: str, threads: int = 1) -> OnnxClassifier:
    """Load the model in ``directory``."""
    return OnnxClassifier(Path(directory), threads)
