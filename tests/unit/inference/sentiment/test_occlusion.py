"""Which words mattered, with a model that counts."""

import numpy as np

from tandem.inference.sentiment.occlusion import MOST_VARIANTS, spans, words_that_mattered


def score(texts):
    """Good is worth 2, "not" turns everything round."""
    values = [2.0 * text.count("good") * (-1 if "not" in text else 1) for text in texts]
    return np.array(values)


def test_words_of_many_texts_in_one_reading():
    calls = []

    def counted(texts):
        calls.append(len(texts))
        return score(texts)

    good, bad, plain, empty = words_that_mattered(["so good", "not good :(", "a table", ""], counted)
    assert [(word.word, word.weight) for word in good] == [("good", 2.0)]
    assert {(word.word, word.weight) for word in bad} == {("not", -4.0), ("good", -2.0)}
    assert plain == empty == ()
    assert len(calls) == 1


def test_long_texts_leave_out_neighbours_together():
    words = [f"w{number}" for number in range(100)]
    found = spans(" ".join(words))
    assert len(found) <= MOST_VARIANTS
    text = " ".join(words)
    assert " ".join(text[span.start : span.end] for span in found) == text


def test_a_word_is_told_once_and_marks_are_no_words():
    (told,) = words_that_mattered(["Good, good!!"], score)
    assert [word.word for word in told] == ["Good"] or [word.word for word in told] == ["good"]


def test_words_of_grammar_cost_no_reading_unless_there_are_no_others():
    text = "The film was not a good one, and I was there"
    assert [text[span.start : span.end] for span in spans(text)] == ["film", "not", "good", "one"]
    assert len(spans("it is what it is")) == 5
