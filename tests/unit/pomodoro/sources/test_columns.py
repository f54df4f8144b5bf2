"""Columns are found by their names, in two languages and many spellings."""

from datetime import UTC, datetime

import pytest

from unit.pomodoro.sources.reading import one, read, refusal


@pytest.mark.parametrize(
    "header",
    ["start", "Start", "START TIME", "start_time", "startTime", "Started", "started at", "from", "Begin", "Začátek",
     "zacatek", "Od", " start ", "Timestamp", "datetime"],
)  # fmt: skip
def test_names_of_the_start(header):
    """Case, accents, spaces and underscores do not matter."""
    assert one(f"{header},minutes\n2024-03-01 09:00,25\n").started_at == datetime(2024, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "header", ["end", "End Time", "stop", "stopped_at", "finished", "to", "Konec", "Do", "until"]
)
def test_names_of_the_end(header):
    """So it is with the end."""
    assert one(f"start,{header}\n2024-03-01 09:00,2024-03-01 09:25\n").duration_seconds == 1500


@pytest.mark.parametrize(
    ("header", "field"),
    [("category", "category"), ("Project", "category"), ("Kategorie", "category"), ("tag", "category"),
     ("task", "task"), ("Title", "task"), ("Description", "task"), ("Úkol", "task"),
     ("notes", "notes"), ("Comment", "notes"), ("Poznámka", "notes"), ("preset", "preset"), ("mode", "preset")],
)  # fmt: skip
def test_names_of_texts(header, field):
    """Texts are found under their usual names."""
    assert getattr(one(f"start,minutes,{header}\n2024-03-01 09:00,25,some text\n"), field) == "some text"


def test_the_first_known_name_wins_and_no_column_serves_twice():
    """With a category, the project is left alone; with a task, the description becomes the notes."""
    session = one(
        "start,minutes,project,category,description,task\n2024-03-01 09:00,25,P,C,long text,short text\n"
    )
    assert (session.category, session.task, session.notes) == ("C", "short text", "long text")


def test_the_mapping_is_reported_in_the_names_of_the_file():
    """People see what was read from where."""
    parsed = read("Datum;Čas;Délka;Kategorie\n1.3.2024;9:00;25;Práce\n")
    assert parsed.columns == {"start": "Datum + Čas", "duration": "Délka", "category": "Kategorie"}
    assert parsed.sessions[0].started_at == datetime(2024, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("date,time,minutes", "2024-03-01,09:00,25"),
        ("date,start,end", "2024-03-01,09:00,09:25"),
        ("Start date,Start time,End date,End time", "2024-03-01,09:00,2024-03-01,09:25"),
        ("date,start,end", "2024-03-01,2024-03-01 09:00,2024-03-01 09:25"),
        ("date,minutes", "2024-03-01 09:00,25"),
        ("start,end", "2024-03-01 09:00,09:25"),
        ("start date,end date", "2024-03-01 09:00,2024-03-01 09:25"),
    ],
)
def test_days_and_clocks_in_columns_of_their_own(header, row):
    """What the first rows hold decides whether a day has to be added to a clock."""
    session = one(f"{header}\n{row}\n")
    assert session.started_at == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert session.duration_seconds == 1500


def test_a_bare_clock_before_the_start_is_past_midnight():
    """23:30 to 00:15 without a day of its own is three quarters of an hour."""
    assert one("date,start,end\n2024-03-01,23:30,00:15\n").duration_seconds == 45 * 60


def test_end_wins_over_duration_and_stands_in_for_it():
    """Where both exist the end counts; rows without one use the duration."""
    parsed = read("start,end,minutes\n2024-03-01 09:00,2024-03-01 09:30,25\n2024-03-01 10:00,,25\n")
    assert [session.duration_seconds for session in parsed.sessions] == [1800, 1500]


@pytest.mark.parametrize(
    ("cell", "completed"), [("yes", True), ("", True), ("Ano", True), ("0", False), ("FALSE", False)]
)
@pytest.mark.parametrize("header", ["completed", "finished", "done", "Hotovo"])
def test_completed(header, cell, completed):
    """Yes and no in two languages; an empty cell is a completed session."""
    rows = f"2024-03-01 09:00,25,yes\n2024-03-01 10:00,25,{cell}\n"
    assert read(f"start,minutes,{header}\n{rows}").sessions[1].completed is completed


def test_presets_by_key_and_by_name():
    """A preset's name becomes its key; another text is kept; none is the nearest by duration."""
    rows = "".join(f"2024-03-01 09:00,50,{name}\n" for name in ("Deep Work", "flow-mode", "my own", ""))
    sessions = read(f"start,minutes,preset\n{rows}").sessions
    assert [one.preset for one in sessions] == ["deep_work", "flow_mode", "my own", "deep_work"]
    assert [one.preset_basis for one in sessions] == ["file", "file", "file", "duration"]


def test_a_missing_start_column_is_explained():
    """The refusal names the columns that were found."""
    error = refusal("when,how long\n2024-03-01 09:00,25\n", format="csv")
    assert error.extra == {"problem": "no_start_column", "columns": ["when", "how long"]}
    assert "how long" in error.message


def test_a_missing_length_column_is_explained():
    """A start alone is not enough."""
    assert refusal("start,task\n2024-03-01 09:00,x\n").extra["problem"] == "no_end_or_duration_column"


def test_a_header_alone_is_an_empty_log():
    """Nothing is wrong with a log that has no rows yet."""
    parsed = read("start,end\n")
    assert parsed.sessions == []
    assert parsed.counts.rows_read == 0


@pytest.mark.parametrize(
    ("header", "cell", "seconds"),
    [
        ("Time Spent (seconds)", "1500", 1500), ("Duration (min)", "25", 1500), ("duration [sec]", "1500", 1500),
        ("Délka (hodiny)", "0.5", 1800), ("Elapsed (ms)", "1500000", 1500), ("Time (minutes)", "25", 1500),
        ("Length (rounded)", "25", 1500),
    ],
)  # fmt: skip
def test_a_unit_in_parentheses_is_heeded(header, cell, seconds):
    """The name counts without its parenthesis; a unit there is the unit of the column."""
    assert one(f"start,{header}\n2024-03-01 09:00,{cell}\n").duration_seconds == seconds


@pytest.mark.parametrize("header", ["Rating (1-5)", "Hodnocení [1-5]", "Productivity (stars)"])
def test_a_scale_in_parentheses_is_no_statement(header):
    """The column is found, and its scale is asked for all the same."""
    log = f"start,minutes,{header}\n2024-03-01 09:00,25,4\n"
    assert refusal(log).extra["problem"] == "rating_scale_missing"
    assert one(log, rating_scale="1-5").rating == 80


def test_a_zone_in_parentheses_is_not_overlooked():
    """Times of another zone must not be read as local ones; a mere format may stand there."""
    assert (
        refusal("Start (UTC),minutes\n2024-03-01 09:00,25\n", format="csv").extra["problem"]
        == "no_start_column"
    )
    assert one("Start (yyyy-mm-dd hh:mm),minutes\n2024-03-01 09:00,25\n").duration_seconds == 1500


def test_a_plain_name_comes_before_one_with_a_parenthesis():
    """Wherever in the header it stands."""
    parsed = read("start,minutes,Task (old),Task\n2024-03-01 09:00,25,x,y\n")
    assert parsed.sessions[0].task == "y"
    assert parsed.ignored_columns == ["Task (old)"]


def test_columns_that_nothing_is_read_from_are_listed():
    """So that a rating column of an unknown name is not lost in silence."""
    parsed = read("id,start,end,minutes,how it went,\n7,2024-03-01 09:00,2024-03-01 09:25,25,well,\n")
    assert parsed.ignored_columns == ["id", "how it went"]
