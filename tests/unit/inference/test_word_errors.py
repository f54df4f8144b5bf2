"""The word error rate."""

import pytest

from tandem.inference.word_errors import NONE, WordErrors, normalised, word_errors


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("a b c", "a b c", (0, 0, 0)), ("a b c", "a x c", (1, 0, 0)), ("a b c", "a c", (0, 1, 0)),
        ("a b c", "a b b c", (0, 0, 1)), ("a b c", "", (0, 3, 0)), ("", "a b", (0, 0, 2)), ("a b", "b a", (0, 1, 1)),
        ("How old is the Brooklyn Bridge?", "how old is the brooklyn bridge", (0, 0, 0)),
        ("one oh two zero", "1 0 2 0", (0, 0, 0)), ("one zero zero", "100", (0, 0, 0)), ("oh no", "zero no", (1, 0, 0)),
        ("it’s over", "it's over", (0, 0, 0)), ("yes (laughs) no", "yes no [music]", (0, 0, 0)),
        ("well-known", "well known", (0, 0, 0)), ("žlutý kůň", "ŽLUTÝ KŮŇ.", (0, 0, 0)),
    ],
)  # fmt: skip
def test_errors(said, heard, errors):
    """Substitutions, deletions, insertions, after normalisation."""
    found = word_errors(said, heard)
    assert (found.substitutions, found.deletions, found.insertions) == errors
    assert found.words == len(normalised(said))


def test_rates():
    """Errors per word said, over several by their words; silence that was heard as speech is wrong altogether."""
    assert word_errors("a b c d", "a b").rate == 0.5
    assert (word_errors("a", "x") + word_errors("a b c", "a b c")).rate == 0.25
    assert (word_errors("", "").rate, word_errors("", "a b").rate) == (0.0, 1.0)
    assert NONE + NONE == NONE == WordErrors(0, 0, 0, 0)
