"""Delimiters, quotes and damaged rows."""

import pytest

from unit.pomodoro.sources.reading import codes, one, read, refusal

GOOD = "2024-03-01 09:00,25\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter, end):
    """Four delimiters and three line ends are found out."""
    lines = [
        ["start", "minutes", "category"],
        ["2024-03-01 09:00", "25", "a"],
        ["2024-03-02 09:00", "25", "b"],
    ]
    parsed = read(end.join(delimiter.join(cells) for cells in lines))
    assert [(session.category, session.line) for session in parsed.sessions] == [("a", 2), ("b", 3)]


def test_what_may_stand_before_the_header():
    """Blank lines, comments and Excel's own line are passed over, and lines are counted from the top."""
    parsed = read("# my log\n\nsep=;\nstart;minutes\n2024-03-01 09:00;25\n")
    assert parsed.sessions[0].line == 5


def test_quoted_cells_keep_delimiters_quotes_and_newlines():
    """A note over several lines is one note; the next row's line number counts them."""
    parsed = read(f'start,minutes,notes\n2024-03-01 09:00,25,"one, ""two""\r\nthree"\n{GOOD}')
    assert parsed.sessions[0].notes == 'one, "two"\r\nthree'
    assert [session.line for session in parsed.sessions] == [2, 4]


def test_spaces_around_cells_are_looks():
    """Spaces behind a delimiter, also before a quote, are dropped."""
    session = one('start, minutes, task\n 2024-03-01 09:00 , 25,  "a, b" \n'.replace('" \n', '"\n'))
    assert session.task == "a, b"


def test_an_unclosed_quote_costs_one_row():
    """The rows behind a quote that never closes are not swallowed."""
    parsed = read(f'start,minutes,notes\n2024-03-01 09:00,25,"oops\n{GOOD}{GOOD}')
    assert codes(parsed) == {2: "broken_row"}
    assert [session.line for session in parsed.sessions] == [3, 4]


def test_text_behind_a_quote_costs_one_row():
    """A malformed quote is said to be one."""
    parsed = read(f'start,minutes\n"2024-03-01 09:00"x,25\n{GOOD}')
    assert codes(parsed) == {2: "broken_row"}
    assert len(parsed.sessions) == 1


def test_rows_with_too_many_or_too_few_cells():
    """Moved cells are not guessed at; missing ones are empty; empty surplus ones are harmless."""
    parsed = read(f"start,minutes,task\n2024-03-01 09:00,25,a,b\n{GOOD}2024-03-01 09:00,25,a,,\n")
    assert codes(parsed) == {2: "too_many_cells"}
    assert parsed.rejected[0].reason == "the row has 4 cells, the header has 3"
    assert [session.task for session in parsed.sessions] == [None, "a"]


def test_blank_rows_do_not_count():
    """Blank lines and lines of delimiters are no rows."""
    parsed = read(f"start,minutes\n\n,\n{GOOD}\n")
    assert parsed.counts.rows_read == 1


def test_nul_characters_cost_their_row():
    """The database could not store them."""
    parsed = read(f"start,minutes,task\n2024-03-01 09:00,25,a\x00b\n{GOOD}")
    assert codes(parsed) == {2: "nul_character"}
    assert len(parsed.sessions) == 1


def test_a_gigantic_cell_costs_its_row():
    """A cell of two million characters is rejected, the next row is read."""
    parsed = read(f"start,minutes,notes\n2024-03-01 09:00,25,{'x' * 2_000_000}\n{GOOD}")
    assert codes(parsed) == {2: "broken_row"}
    assert len(parsed.sessions) == 1
    assert len(parsed.rejected[0].row) <= 121


def test_excerpts_cannot_drive_a_terminal():
    """Escape sequences of a hostile file are shown, not sent."""
    parsed = read("start,minutes\n\x1b[2Jevil,25\n")
    assert "\x1b" not in parsed.rejected[0].row + parsed.rejected[0].reason


@pytest.mark.parametrize(
    "data", [b"\x80\x81\x82" * 1000, b"x" * 300_000, b'"', b"sep=\n", b"\x00a\x00", b"[{}]"]
)
def test_garbage_is_refused(data):
    """Whatever is no table and no list of times is refused, saying which columns were found."""
    assert refusal(data).extra["problem"] in {"no_start_column", "no_header", "empty_file"}
