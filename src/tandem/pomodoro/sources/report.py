"""What an import did, in the same words for the command line and for HTTP."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tandem.pomodoro.sources.reasons import Rejection, excerpt
from tandem.pomodoro.sources.records import MAX_REJECTIONS, ParsedFile, SourceFormat

_CATEGORIES_SHOWN = 50


class RejectedRow(BaseModel):
    """A row that was not imported."""

    line: int = Field(description="Line on which the row begins, from 1", examples=[17])
    code: str = Field(description="Stable name of the reason", examples=["end_before_start"])
    reason: str = Field(description="The reason in words", examples=["the end is before the start"])
    row: str = Field(description="The beginning of the row")


class ImportReport(BaseModel):
    """The outcome of an import.

    ``rows_read`` = ``imported`` + ``already_present`` + ``rejected`` + ``joined``.
    """

    model_config = ConfigDict(title="Import report")

    file: str | None = Field(description="Name of the file", examples=["toggl.csv"])
    format: SourceFormat = Field(description="Format that was read")
    encoding: str = Field(description="Encoding of the text", examples=["utf-8"])
    rating_scale: str | None = Field(description="Scale of the ratings; null when the file has none")
    columns: dict[str, str] = Field(description="What was read from which column of the file")
    ignored_columns: list[str] = Field(description="Columns that nothing was read from, the first 50")
    rows_read: int = Field(description="Rows (or times) that are not blank")
    imported: int = Field(description="Sessions that were added")
    already_present: int = Field(description="Sessions that an earlier import had brought")
    joined: int = Field(description="Times that continued a session (timestamps only)")
    rejected: int = Field(description="Rows that were not taken")
    rejections: list[RejectedRow] = Field(description=f"The first {MAX_REJECTIONS} rejected rows")
    rejections_omitted: int = Field(description="Rejected rows beyond those listed")
    zero_length: int = Field(description="Sessions of no length, counted as one minute")
    long_sessions: int = Field(description="Sessions over 180 minutes, kept")
    overlaps: int = Field(description="Sessions that begin before an earlier one ended, kept")
    shortened_tasks: int = Field(description="Tasks that were too long and stand whole in the notes")
    first_day: date | None = Field(description="First local day with a session")
    last_day: date | None = Field(description="Last local day with a session")
    days_with_sessions: int = Field(description="Local days with at least one session")
    categories: dict[str, int] = Field(description=f"Sessions by category, the {_CATEGORIES_SHOWN} largest")
    preset_basis: Literal["file", "duration", "mixed"] | None = Field(
        description="Where the presets come from: the file, or the nearest one by duration"
    )

    @classmethod
    def of(
        cls,
        parsed: ParsedFile,
        *,
        added: int,
        already_present: int,
        file: str | None = None,
        translate: Callable[..., str] | None = None,
    ) -> "ImportReport":
        """Report on ``parsed``, of whose sessions ``added`` were stored and ``already_present`` were known.

        Days and categories describe all sessions of the file. ``translate`` (a ``Translator``) says the reasons.
        """
        counts = parsed.counts
        days = {session.local_date for session in parsed.sessions}
        return cls(
            file=None if file is None else excerpt(file, 255),
            format=parsed.format,
            encoding=parsed.encoding,
            rating_scale=parsed.rating_scale,
            columns=parsed.columns,
            ignored_columns=parsed.ignored_columns,
            rows_read=counts.rows_read,
            imported=added,
            already_present=already_present,
            joined=counts.joined,
            rejected=counts.rejected,
            rejections=[_row(one, translate) for one in parsed.rejected[:MAX_REJECTIONS]],
            rejections_omitted=counts.rejected - min(len(parsed.rejected), MAX_REJECTIONS),
            zero_length=counts.zero_length,
            long_sessions=counts.long,
            overlaps=counts.overlaps,
            shortened_tasks=counts.shortened,
            first_day=min(days, default=None),
            last_day=max(days, default=None),
            days_with_sessions=len(days),
            categories=dict(Counter(one.category for one in parsed.sessions).most_common(_CATEGORIES_SHOWN)),
            preset_basis=_basis(parsed),
        )


def _row(one: Rejection, translate: Callable[..., str] | None) -> RejectedRow:
    reason = one.reason if translate is None else one.reason_in(translate)
    return RejectedRow(line=one.line, code=one.code, reason=reason, row=one.row)


def _basis(parsed: ParsedFile) -> Literal["file", "duration", "mixed"] | None:
    kinds = {session.preset_basis for session in parsed.sessions}
    if len(kinds) > 1:
        return "mixed"
    return next(iter(kinds), None)
