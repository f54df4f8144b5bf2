"""Trains the head: ``python -m tandem.inference.sentiment.training DATA --cache vectors.npz --write``.

DATA holds the ratings of VADER's authors (vader_tweets, vader_nyt_editorials, vader_amazon_reviews) and finance tweets
(twitter_financial_news_train.csv); all MIT. Each of them is first left out whole: what is then said about its texts is what the
model card reports, and what the temperature is fitted on. No text is kept, only weights.
"""

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from tandem.inference.e5 import E5
from tandem.inference.sentiment.head import Features, Head, softmax
from tandem.inference.sentiment.scoring import Scores, scored
from tandem.inference.sentiment.verdict import LABELS, Label
from tandem.inference.spec import default_threads

SOURCES: Final = {"tweets": 1.0, "nyt_editorials": 1.0, "amazon_reviews": 1.0, "finance": 0.3}
"""How much a text of each counts. Finance tweets call news good or bad that sounds like neither."""
NEUTRAL: Final = 0.5
"""Ratings up to this far from 0 are neutral, as VADER's authors have it."""
BLUR: Final = 0.3
"""A rating near the border belongs to both sides; the width of that, in points of rating."""
PENALTY: Final = 0.5
"""Of the squared weights, against the sum of all texts' losses."""
STEPS: Final = 60
VERSION: Final = "1"

Matrix = NDArray[np.float64]
Embed = Callable[[Sequence[str]], Features]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts of all sources."""

    texts: list[str]
    sources: NDArray[np.str_]
    ratings: NDArray[np.float64]
    """-4 to 4; of finance tweets -1, 0, 1, which stand for classes."""

    @property
    def targets(self) -> Matrix:
        """Probabilities of the three classes, shape (texts, 3)."""
        blur = np.where(self.sources == "finance", 0.05, BLUR)
        positive = 1 / (1 + np.exp(-(self.ratings - NEUTRAL) / blur))
        negative = 1 / (1 + np.exp((self.ratings + NEUTRAL) / blur))
        return np.stack([negative, np.maximum(0, 1 - positive - negative), positive], axis=1)

    @property
    def labels(self) -> list[Label]:
        """One class for each text."""
        return [LABELS[1 + int(r > NEUTRAL) - int(r < -NEUTRAL)] for r in self.ratings]

    @property
    def weights(self) -> NDArray[np.float64]:
        """How much each text counts."""
        return np.array([SOURCES[source] for source in self.sources])


def corpus(directory: Path) -> Corpus:
    """Read all sources; raises OSError where one is not there."""
    rows: list[tuple[str, str, float]] = []
    for source in ("tweets", "nyt_editorials", "amazon_reviews"):
        lines = (directory / f"vader_{source}_ratings.tsv").read_text(encoding="utf-8").splitlines()[1:]
        rows += [(source, text, float(rating)) for _, rating, text in (line.split("\t", 2) for line in lines)]
    with (directory / "twitter_financial_news_train.csv").open(encoding="utf-8", newline="") as file:
        signs = {"0": -1.0, "1": 1.0, "2": 0.0}
        rows += [("finance", row["text"], signs[row["label"]]) for row in csv.DictReader(file)]
    sources, texts, ratings = zip(*rows, strict=True)
    return Corpus(list(texts), np.array(sources), np.array(ratings))


class Vectors:
    """Embeddings that are kept in a file between runs, by the text's hash."""

    def __init__(self, path: Path, threads: int) -> None:
        """Keep them in ``path``."""
        self._path, self._threads = path, threads
        self._known: dict[str, Features] = {}
        if path.is_file():
            with np.load(path, allow_pickle=False) as found:
                self._known = dict(zip(map(str, found["keys"]), found["vectors"], strict=True))

    def known(self, text: str) -> bool:
        """Whether ``text`` costs nothing."""
        return _digest(text) in self._known

    def __call__(self, texts: Sequence[str]) -> Features:
        """Return a row for each text; embeds what is not known, which takes 15-50 ms of a core each."""
        missing = [text for text in dict.fromkeys(texts) if not self.known(text)]
        engine = E5(self._threads) if missing else None
        with click.progressbar(range(0, len(missing), 64), label="embedding") as starts:
            for start in starts:
                part = missing[start : start + 64]
                assert engine is not None  # noqa: S101 - there is something missing
                rows = engine.embed(part, [True] * len(part))
                self._known.update({_digest(text): row for text, row in zip(part, rows, strict=True)})
        if missing:
            self._write()
        return np.stack([self._known[_digest(text)] for text in texts])

    def _write(self) -> None:
        np.savez(self._path, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))


def fitted(
    features: Features, targets: Matrix, weights: NDArray[np.float64]
) -> tuple[Matrix, Matrix, Matrix]:
    """Return mean, weights and bias of a softmax regression with soft targets.

    Each step goes to the minimum of a quadratic that lies above the loss (Böhning 1992: half the weighted squares), so one
    inverse serves all steps; Nesterov's momentum makes 60 of them enough.
    """
    mean = (weights @ features) / weights.sum()
    given = np.hstack([features - mean, np.ones((len(features), 1))]).astype(np.float32)
    shrink = np.full(given.shape[1], PENALTY)
    shrink[-1] = 1e-6
    above = 0.5 * (given * weights[:, None].astype(np.float32)).T.astype(np.float64) @ given + np.diag(shrink)
    inverse = np.linalg.inv(above)
    here = there = np.zeros((given.shape[1], len(LABELS)))
    for step in range(STEPS):
        surprise = (softmax((given @ there.astype(np.float32)).astype(np.float64)) - targets) * weights[
            :, None
        ]
        slope = given.T @ surprise.astype(np.float32)
        ahead = there - inverse @ (slope + shrink[:, None] * there)
        there = ahead + step / (step + 3) * (ahead - here)
        here = ahead
    return mean, here[:-1], here[-1]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What a head that never saw a source says about it."""

    source: str
    scores: Matrix
    """Logits, shape (texts, 3)."""
    labels: list[Label]
    ratings: NDArray[np.float64]

    def judged(self, temperature: float) -> Scores:
        """Score the three classes."""
        return scored(self.labels, softmax(self.scores / temperature))

    def judged_polar(self, temperature: float) -> Scores:
        """Score positive against negative alone, on texts that are one of them."""
        polar = np.flatnonzero(np.abs(self.ratings) > NEUTRAL)
        return scored([self.labels[at] for at in polar], softmax(self.scores[polar] / temperature))


def left_out(given: Corpus, features: Features) -> list[HeldOut]:
    """Leave out each source in turn."""
    found = []
    for source in SOURCES:
        out = given.sources == source
        mean, weights, bias = fitted(features[~out], given.targets[~out], given.weights[~out])
        labels = [label for label, is_out in zip(given.labels, out, strict=True) if is_out]
        found.append(HeldOut(source, (features[out] - mean) @ weights + bias, labels, given.ratings[out]))
    return found


def temperature_of(held_out: Sequence[HeldOut]) -> float:
    """Return the temperature at which unseen sources, finance apart, are the least surprising."""
    seen = [one for one in held_out if one.source != "finance"]
    scores = np.concatenate([one.scores for one in seen])
    truth = np.array([LABELS.index(label) for one in seen for label in one.labels])
    tried = np.arange(0.5, 3.01, 0.05)
    losses = [-np.log(softmax(scores / t)[np.arange(len(truth)), truth]).mean() for t in tried]
    return float(tried[int(np.argmin(losses))])


def head_of(given: Corpus, features: Features, temperature: float, embed: Embed) -> Head:
    """Train on everything."""
    mean, weights, bias = fitted(features, given.targets, given.weights)
    text = resources.files("tandem.inference.sentiment").joinpath("examples.tsv").read_text(encoding="utf-8")
    pairs = [line.split("\t") for line in text.splitlines() if line]
    examples = tuple((example, LABELS[LABELS.index(label)]) for label, example in pairs)
    return Head(
        VERSION, mean.astype(np.float32), weights.astype(np.float32), bias.astype(np.float32), temperature,
        examples, embed([example for example, _ in examples]),
    )  # fmt: skip


def report(held_out: Sequence[HeldOut], temperature: float) -> None:
    """Print what was measured on sources that training never saw."""
    click.echo(f"temperature {temperature:.2f}; each source as judged by a head that never saw it:")
    for one in held_out:
        three, two = one.judged(temperature), one.judged_polar(temperature)
        click.echo(
            f"  {one.source:15} {three.count:6} texts: accuracy {three.accuracy:.3f}, macro F1 {three.macro_f1:.3f},"
            f" macro recall {three.macro_recall:.3f}, ECE {three.calibration_error:.3f};"
            f" positive or negative: accuracy {two.accuracy:.3f} of {two.count}, ECE {two.calibration_error:.3f}"
        )


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--cache", type=click.Path(dir_okay=False, path_type=Path), default="vectors.npz", show_default=True,
              help="Where embeddings are kept between runs.")  # fmt: skip
@click.option("--only-cached", is_flag=True, help="Leave out texts whose embedding is not there yet.")
@click.option("--write", is_flag=True, help="Write head.npz beside this file.")
@click.option("--threads", type=int, default=default_threads(), show_default=True)
def main(data: Path, cache: Path, threads: int, *, only_cached: bool, write: bool) -> None:
    """Measure by leaving out whole sources, then train on all texts in DATA (../shared/data/sentiment)."""
    given, vectors = corpus(data), Vectors(cache, threads)
    if only_cached:
        kept = [at for at, text in enumerate(given.texts) if vectors.known(text)]
        given = Corpus([given.texts[at] for at in kept], given.sources[kept], given.ratings[kept])
    features = vectors(given.texts)
    held_out = left_out(given, features)
    temperature = temperature_of(held_out)
    report(held_out, temperature)
    head = head_of(given, features, temperature, vectors)
    if write:
        place = Path(__file__).with_name("head.npz")
        head.write(place)
        click.echo(f"{place}: {place.stat().st_size} bytes, trained on {len(given.texts)} texts")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


if __name__ == "__main__":
    main()
