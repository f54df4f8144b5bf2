"""The page about importing shows files that can be imported."""

import re
from pathlib import Path

from tandem.pomodoro.sources.column_names import roles_of
from tandem.pomodoro.sources.export import EXPORT_HEADER
from unit.pomodoro.sources.reading import read

PAGE = (Path(__file__).parents[4] / "docs" / "importing.md").read_text(encoding="utf-8")


def test_every_example_is_imported_whole():
    """No row of an example on the page is rejected."""
    examples = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    parsed = [read(example) for example in examples]
    assert [one.format for one in parsed] == ["csv", "csv", "toggl", "timestamps"]
    assert [one.counts.rejected for one in parsed] == [0, 0, 0, 0]
    assert [len(one.sessions) for one in parsed] == [2, 1, 1, 2]
    assert parsed[1].sessions[0].duration_seconds == 52.5 * 60


def test_the_page_names_columns_that_are_matched():
    """Every name in the table of columns is matched with the meaning beside it."""
    meanings = {
        "start": "start", "day of the start, when the start is only a clock": "start_date", "end": "end",
        "day of the end": "end_date", "duration in seconds": "duration_seconds",
        "duration in minutes": "duration_minutes", "duration, unit not stated": "duration",
        "duration in hours": "duration_hours", "category": "category", "preset": "preset", "task": "task",
        "notes": "notes", "rating": "rating", "completed": "completed",
    }  # fmt: skip
    table = PAGE.split("## Columns")[1].split("## Ratings")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)[1:]
    assert {meaning for meaning, _ in rows} == meanings.keys()
    for meaning, names in rows:
        for name in names.split(";")[0].split(", "):
            found = roles_of([name] if (meaning, name) != ("notes", "description") else ["task", name])
            assert meanings[meaning] in found, (meaning, name)


def test_the_page_shows_the_header_of_the_export():
    """The columns of an export are those of the code."""
    assert ",".join(EXPORT_HEADER) in PAGE
