"""What a row says besides its times, read by the columns of one file."""

from collections.abc import Sequence
from uuid import UUID

from tandem.pomodoro.sources.column_names import Roles
from tandem.pomodoro.sources.making import Fields
from tandem.pomodoro.sources.reasons import ID_REPEATED, ID_UNREADABLE, RowError
from tandem.pomodoro.sources.values import RatingScale, is_completed, scale_missing, stored_rating


class FieldReader:
    """Reads the :class:`Fields` of rows."""

    def __init__(
        self, roles: Roles, header: Sequence[str], scale: RatingScale | None, *, decimal_comma: bool
    ) -> None:
        """Read by ``roles``; ratings are on ``scale``."""
        self._category = roles.get("category")
        self._preset = roles.get("preset")
        self._task = roles.get("task")
        self._notes = roles.get("notes")
        self._completed = roles.get("completed")
        self._rating = roles.get("rating")
        self._header = header
        self._scale = scale
        self._decimal_comma = decimal_comma

    def fields(self, cells: Sequence[str]) -> Fields:
        """Return what ``cells`` say.

        Raises:
            RowError: the rating or the completion cannot be read.
            InvalidInputError: there is a rating, and nobody said on which scale.
        """
        return Fields(
            category="" if self._category is None else cells[self._category],
            preset="" if self._preset is None else cells[self._preset],
            task="" if self._task is None else cells[self._task],
            notes="" if self._notes is None else cells[self._notes],
            completed=True if self._completed is None else is_completed(cells[self._completed]),
            rating=None if self._rating is None else self._stored(cells[self._rating], self._rating),
        )

    def _stored(self, text: str, place: int) -> float | None:
        if not text:
            return None
        if self._scale is None:
            raise scale_missing(self._header[place])
        return stored_rating(text, self._scale, decimal_comma=self._decimal_comma)


class OwnFieldReader(FieldReader):
    """Reads our own export, which also holds the id and the rounded minutes of each session."""

    def __init__(self, roles: Roles, header: Sequence[str], *, decimal_comma: bool) -> None:
        """Read by ``roles``; ratings are stored ones."""
        super().__init__(roles, header, "0-100", decimal_comma=decimal_comma)
        self._id = header.index("session_id")
        self._minutes = header.index("duration_min")
        self._seen: set[UUID] = set()

    def fields(self, cells: Sequence[str]) -> Fields:
        """Return what ``cells`` say; raises RowError also for an id that is none or not the only one."""
        minutes = cells[self._minutes]
        known = minutes.isascii() and minutes.isdigit() and len(minutes) <= 4
        return (
            super()
            .fields(cells)
            ._replace(
                session_id=self._new_id(cells[self._id]),
                minutes=min(max(int(minutes), 1), 1440) if known else None,
            )
        )

    def _new_id(self, text: str) -> UUID | None:
        if not text:
            return None
        try:
            session_id = UUID(text)
        except ValueError as error:
            raise RowError(ID_UNREADABLE, value=text) from error
        if session_id in self._seen:
            raise RowError(ID_REPEATED)
        self._seen.add(session_id)
        return session_id
