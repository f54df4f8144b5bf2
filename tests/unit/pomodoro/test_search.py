"""Search's calculations: words, pieces, fusion, the space of meanings."""

import numpy as np
import pytest

from tandem.pomodoro.search.fusion import fuse
from tandem.pomodoro.search.pieces import MOST, pieces
from tandem.pomodoro.search.space import space_of
from tandem.pomodoro.search.words import pattern, weigh, words_of


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Kdy jsem řešil databázi?", ["resil", "databazi"]),
        ("What did I do about the TLS certificate, the TLS one?", ["tls", "certificate", "one"]),
        ("& | ! ' :* <->", []),
        ("", []),
        ("jak je to?", []),
    ],
)
def test_words_that_say_something(question: str, words: list[str]) -> None:
    assert words_of(question) == words


def test_endings_vary_in_long_words_only() -> None:
    assert [pattern(w) for w in ("tls", "databazi", "testy", "resil")] == [
        "tls",
        "databa:*",
        "test:*",
        "resi:*",
    ]


def test_a_rare_word_weighs_more() -> None:
    found = {"both": [True, True], "rare": [False, True], **{f"n{i}": [True, False] for i in range(50)}}
    shares = weigh(found, 2, 100)
    assert shares["both"] == pytest.approx(1)
    assert shares["rare"] > 0.8
    assert shares["n1"] < 0.2


def test_a_word_that_nobody_uses_counts_as_missing() -> None:
    assert weigh({"a": [True, False]}, 2, 10)["a"] < 0.5


def test_fusion_prefers_what_both_rankings_like() -> None:
    assert fuse(["a", "b", "c"], ["c", "d"]) == ["c", "a", "b", "d"]
    assert fuse(["a", "b"], []) == ["a", "b"]
    assert fuse([], []) == []


def test_pieces_are_the_whole_and_its_sentences() -> None:
    assert pieces("One thing") == ["One thing"]
    assert pieces("One thing. Another one!\nThird") == [
        "One thing. Another one!\nThird", "One thing.", "Another one!", "Third",
    ]  # fmt: skip
    assert len(pieces("A sentence. " * 100)) == MOST + 1


def test_taking_into_the_space_keeps_length_and_loses_the_language() -> None:
    space = space_of("multilingual-e5-small")
    vectors = np.random.default_rng(1).normal(size=(3, 384)).astype(np.float32)
    taken = space.take(vectors)
    assert np.allclose(np.linalg.norm(taken, axis=1), 1, atol=1e-5)
    assert np.allclose(space.take(taken), taken, atol=1e-5)
    other = space_of("somebody/else")
    assert not other.symmetric
    assert np.allclose(
        other.take(vectors), vectors / np.linalg.norm(vectors, axis=1, keepdims=True), atol=1e-5
    )


def test_similarity_stays_between_0_and_1() -> None:
    space = space_of("multilingual-e5-small")
    assert [space.similarity(c) for c in (-1.0, 0.7, 1.0, 1.1)] == [0, 0, 1, 1]
    assert 0.4 < space.similarity(0.86) < 0.6
