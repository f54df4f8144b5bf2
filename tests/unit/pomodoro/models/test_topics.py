"""Words of notes that may name a topic."""

import unicodedata

from tandem.pomodoro.models.topics import most_repeated, words


def test_czech_words_stay_whole():
    """Diacritics are letters, also when stored as two characters; stop words of both languages are left out."""
    assert words("Dnes jsem řešil PŘIHLAŠOVÁNÍ and the login") == {"řešil", "přihlašování", "login"}
    assert words(unicodedata.normalize("NFD", "přihlašování")) == {"přihlašování"}


def test_numbers_and_short_words_are_no_topics():
    """Neither are underscores and single letters."""
    assert words("42 2026 a_b c++ ui") == set()


def test_a_word_counts_once_per_note():
    """Three notes with it weigh more than one note that repeats it; a tie goes by the alphabet."""
    assert most_repeated(["sql sql sql sql", "docker", "docker"]) == ("docker", 2)
    assert most_repeated(["beta", "alpha"]) == ("alpha", 1)
    assert most_repeated([]) is None
