"""Sessions from the detailed report of Toggl Track, and of programs that write the same columns.

The project is the category, the description the task, the tags the notes. Times have no offset: they are the
wall clock of the user's zone. Start and end count; the duration only where there is no end.
"""

from tandem.pomodoro.sources.csv_source import Context, read_table
from tandem.pomodoro.sources.records import ParsedFile
from tandem.pomodoro.sources.rows import Table


def read_toggl(table: Table, encoding: str, context: Context) -> ParsedFile:
    """Return the sessions of ``table``; raises InvalidInputError as :func:`read_table` does."""
    return read_table(table, encoding, context, source="toggl")
