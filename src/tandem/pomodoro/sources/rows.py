"""The rows of a delimited text file, each with the line on which it begins."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.reasons import BROKEN_ROW, RowError

DELIMITERS: Final = ",;\t|"
_LONGEST_CELL: Final = 1024 * 1024
_LONGEST_HEADER: Final = 100_000
_REPORT_EVERY: Final = 2_000

# The notes of one session may be as long as a request body; the default of 131,072 characters would keep our
# own export from being read back. The limit is the process's, and only ever raised.
csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))

Progress = Callable[[int, int], None]
OnBroken = Callable[[int, RowError, str], None]


@dataclass(frozen=True, slots=True)
class Table:
    """A text with a header row: where its rows begin, and how its cells are told apart.

    ``line`` is the last line of the header, ``position`` the character behind it. ``verbatim`` keeps spaces
    behind a delimiter, which other programs add for looks.
    """

    text: str
    delimiter: str
    header: list[str]
    position: int
    line: int
    verbatim: bool = False

    def rows(
        self, on_broken: OnBroken | None = None, progress: Progress | None = None
    ) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells) of every row that is not blank.

        A row that breaks the rules of CSV (a quote that is never closed, text behind a closing quote) costs its
        own line only: it goes to ``on_broken`` and reading goes on with the next line. ``progress`` is told
        the characters read and the characters in all.
        """
        stream = io.StringIO(self.text, newline="")
        stream.seek(self.position)
        new_reader = partial(
            csv.reader, delimiter=self.delimiter, strict=True, skipinitialspace=not self.verbatim
        )
        base, reader = self.line, new_reader(stream)
        for turn in count():
            if progress is not None and turn % _REPORT_EVERY == 0:
                progress(stream.tell(), len(self.text))
            position, line = stream.tell(), base + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                stream.seek(position)
                broken = stream.readline()
                base, reader = line, new_reader(stream)
                if on_broken is not None:
                    on_broken(line, RowError(BROKEN_ROW, problem=str(error)), broken)
                continue
            if any(cells):
                yield line, cells
        if progress is not None:
            progress(len(self.text), len(self.text))


def open_table(text: str, score: Callable[[Sequence[str]], int]) -> Table:
    """Find the header row of ``text`` and its delimiter: the one that gives the header the highest ``score``.

    Blank lines, lines that begin with ``#`` and a line ``sep=;`` before the header are passed over.

    Raises:
        InvalidInputError: there is no row that could be a header.
    """
    position, line, marks = _header_place(text)
    tables = [table for mark in marks if (table := _table(text, mark, position, line)) is not None]
    if not tables:
        raise InvalidInputError("The file has no readable header row.", problem="no_header")
    return max(tables, key=lambda table: (score(table.header), len(table.header)))


def _header_place(text: str) -> tuple[int, int, str]:
    """Return where the header begins, how many lines stand before it, and which delimiters it may have."""
    stream = io.StringIO(text, newline="")
    marks = DELIMITERS
    for lines in count():
        position = stream.tell()
        first = stream.readline()
        if not first or len(first) > _LONGEST_HEADER:
            break
        plain = first.strip(" \r\n").lower()
        if plain.startswith("sep=") and len(plain) == 5:
            marks = plain[4]
        elif plain and not plain.startswith("#"):
            return position, lines, marks
    raise InvalidInputError("The file has no header row.", problem="no_header")


def _table(text: str, delimiter: str, position: int, line: int) -> Table | None:
    stream = io.StringIO(text, newline="")
    stream.seek(position)
    try:
        reader = csv.reader(stream, delimiter=delimiter, strict=True, skipinitialspace=True)
        header = next(reader)
    except (csv.Error, TypeError, ValueError):  # not CSV, or `sep=` names what cannot delimit
        return None
    return Table(text, delimiter, header, stream.tell(), line + reader.line_num)
