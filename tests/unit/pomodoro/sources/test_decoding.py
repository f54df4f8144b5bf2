"""The bytes of a file become text, whichever program wrote it."""

import pytest

from tandem.core.errors import TooLargeError
from tandem.pomodoro.sources.parse import parse
from tandem.pomodoro.sources.records import MAX_BYTES
from unit.pomodoro.sources.reading import NOW, PRAGUE, read, refusal

ROWS = "start;minutes;kategorie\n2024-03-01 09:00;25;Příliš žluťoučký kůň\n"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"),
     ("utf-16-be", "utf-16-be"), ("cp1250", "cp1250")],
)  # fmt: skip
def test_encodings(encoding, named):
    """UTF-8 with and without a mark, what Excel calls Unicode, and Central European Windows."""
    parsed = read(ROWS.encode(encoding))
    assert parsed.encoding == named
    assert parsed.sessions[0].category == "Příliš žluťoučký kůň"


def test_bytes_that_cp1250_lacks_are_latin_1():
    """The last resort accepts any byte."""
    parsed = read(b"start,minutes,category\n2024-03-01 09:00,25,caf\xe9 \x81x\n")
    assert parsed.encoding == "latin-1"
    assert parsed.sessions[0].category.startswith("café")


def test_damaged_utf_8_is_refused_instead_of_garbled():
    """One broken byte in a UTF-8 file does not turn every accented letter into two others."""
    error = refusal(ROWS.encode() + b"2024-03-01 10:00;25;\xff\n")
    assert error.extra["problem"] == "undecodable"
    assert error.extra["byte"] == len(ROWS.encode()) + len("2024-03-01 10:00;25;")


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00\xd8a\x00", b"\xef\xbb\xbf\xff\xfe\xfd"],
)
def test_a_mark_is_taken_at_its_word(data):
    """After a byte order mark the rest must be valid."""
    assert refusal(data).extra["problem"] == "undecodable"


@pytest.mark.parametrize("data", [b"", b"   \r\n\t\n", b"\xef\xbb\xbf", b"\x00" * 50])
def test_empty_files_are_refused(data):
    """Nothing but blanks is an empty file."""
    assert refusal(data).extra["problem"] == "empty_file"


@pytest.mark.parametrize(
    "head", [b"PK\x03\x04", b"%PDF-1.7", b"\x1f\x8b\x08", b"SQLite format 3\x00", b"\xd0\xcf\x11\xe0"]
)
def test_other_kinds_of_files_are_named(head):
    """A spreadsheet is told to be saved as CSV."""
    error = refusal(head + b"\x00\x01 start,end\n")
    assert error.extra["problem"] == "not_text"
    assert "CSV" in error.message


def test_files_over_25_mib_are_refused(tmp_path):
    """Bytes and paths have the same bound; a path is not read to find out."""
    with pytest.raises(TooLargeError):
        read(b"x" * (MAX_BYTES + 1))
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(TooLargeError):
        parse(path, zone=PRAGUE, now=NOW)
