"""Which words mattered, with a model that counts."""

import numpy as np

from tandem.inference.sentiment.occlusion import MOST_VARIANTS, Occlusion, spans


def score(texts):
    """Good is worth 2, "not" turns everything round."""
    values = [2.0 * text.count("good") * (-1 if "not" in text else 1) for text in texts]
    return np.array(values)


def told(texts, explain=None):
    """The words of each text that is explained."""
    asked = Occlusion(texts, explain or [True] * len(texts))
    return asked.words(score(asked.readings))


def test_words_of_many_texts_in_one_reading():
    found = told(["so good", "not good :(", "a table", ""])
    good, bad, plain, empty = (found[at] for at in range(4))
    assert [(word.word, word.weight) for word in good] == [("good", 2.0)]
    assert {(word.word, word.weight) for word in bad} == {("not", -4.0), ("good", -2.0)}
    assert plain == empty == ()


def test_each_text_is_read_once_and_only_the_explained_ones_are_taken_apart():
    texts = ["a very good film", "not good", "good table"]
    asked = Occlusion(texts, [False, True, False])
    assert asked.readings == [*texts, "good", "not"]
    assert list(told(texts, [False, True, False])) == [1]
    assert Occlusion([], []).readings == []
    assert told([]) == {}


def test_long_texts_leave_out_neighbours_together():
    words = [f"w{number}" for number in range(100)]
    found = spans(" ".join(words))
    assert len(found) <= MOST_VARIANTS
    text = " ".join(words)
    assert " ".join(text[span.start : span.end] for span in found) == text


def test_a_word_is_told_once_and_marks_are_no_words():
    (words,) = told(["Good, good!!"]).values()
    assert [word.word.lower() for word in words] == ["good"]


def test_words_of_grammar_cost_no_reading_unless_there_are_no_others():
    text = "The film was not a good one, and I was there"
    assert [text[span.start : span.end] for span in spans(text)] == ["film", "not", "good", "one"]
    assert len(spans("it is what it is")) == 5
