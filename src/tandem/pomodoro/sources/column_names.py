"""Which column of a file is what, by its name.

Names are compared without case, accents, spaces and punctuation, so ``Start time``, ``start_time`` and
``startTime`` are one name; ``Rating (1-5)`` and ``Time spent (seconds)`` are understood without what stands in
parentheses, of which only a unit of time is heeded. Where several columns could serve, the name that stands first below wins; no column
serves twice.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

Roles = dict[str, int]
"""What a column is understood as, to its place in the row."""

_WHEN: Final[dict[str, str]] = {
    "start": "start started startedat starttime startat startdatetime starttimestamp begin began begintime beginat"
    " begindatetime beginning from zacatek caszacatku od zahajeno zahajeni startzeit beginn von"
    " timestamp datetime time cas uhrzeit",
    "start_date": "startdate startday begindate date day datum den datumzacatku startdatum",
    "end": "end ended endedat endtime endat enddatetime endtimestamp stop stopped stoppedat stoptime finish"
    " finished finishedat finishtime to until till konec caskonce do ukonceno ukonceni endzeit ende bis",
    "end_date": "enddate endday stopdate finishdate datumkonce enddatum",
    "duration_seconds": "durationsec durationseconds durationsecs durations seconds secs sec sekundy lengthsec"
    " elapsedseconds trvanisekundy",
    "duration_minutes": "durationmin durationminutes durationmins minutes mins min minuty lengthmin lengthminutes"
    " elapsedminutes trvaniminuty delkamin minuten",
    "duration_milliseconds": "durationms durationmilliseconds milliseconds",
    "duration": "duration length elapsed timespent delka trvani doba dauer",
    "duration_hours": "durationh durationhours durationhrs durationdecimal hours hrs hodiny stunden",
}
_WHAT: Final[dict[str, str]] = {
    "category": "category kategorie project projekt client klient kunde type typ activity aktivita tag tags stitek"
    " stitky label labels",
    "preset": "preset mode rezim presetkey",
    "task": "task ukol taskname title nazev description popis subject aufgabe beschreibung name",
    "notes": "notes note poznamka poznamky comment comments komentar description popis notizen",
    "rating": "productivityrating rating productivity score hodnoceni produktivita focusrating bewertung",
    "completed": "completed iscompleted dokonceno done hotovo isdone",
}
_WHAT_IN_TOGGL: Final = _WHAT | {
    "category": "project projekt projet proyecto client klient kunde",
    "task": "description beschreibung popis descripcion task aufgabe ukol",
    "notes": "tags tag stitky",
}
_PARENTHESIS: Final = re.compile(r"(.*\S)\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])\s*")
_UNITS: Final = {
    unit: name
    for name, units in {
        "durationsec": "s sec secs second seconds sekundy",
        "durationmin": "m min mins minute minutes minuty minuten",
        "durationhours": "h hr hrs hour hours decimal hodiny stunden",
        "durationms": "ms msec millisecond milliseconds",
    }.items()
    for unit in units.split()
}
"""What a parenthesis behind a duration may say, to the name of such a column."""
_TIMES: Final = frozenset(
    name for role in ("start", "start_date", "end", "end_date") for name in _WHEN[role].split()
)
_LENGTHS: Final = frozenset([*_WHEN["duration"].split(), "time", "cas"])
_TOGGL_COMPANY: Final = frozenset(
    [
        "user",
        "member",
        "email",
        "client",
        "billable",
        "benutzer",
        "kunde",
        "verrechenbar",
        "uzivatel",
        "klient",
    ]
)


def squeeze(name: str) -> str:
    """Return ``name`` without case, accents and anything but letters and digits."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in plain if char.isalnum())


def roles_of(header: Sequence[str], *, toggl: bool = False) -> Roles:
    """Return what each column of ``header`` is understood as; columns that mean nothing here are left out."""
    places: dict[str, int] = {}
    for names_of in (squeeze, _stem):  # a name that is known as it stands comes before one with a parenthesis
        for place, name in enumerate(header):
            places.setdefault(names_of(name), place)
    found: Roles = {}
    for role, names in (_WHEN | (_WHAT_IN_TOGGL if toggl else _WHAT)).items():
        known = (name for name in names.split() if name in places and places[name] not in found.values())
        first = next(known, None)
        if first is not None:
            found[role] = places[first]
    return found


def _stem(name: str) -> str:
    """Return what ``name`` is without a parenthesis at its end, empty where there is none."""
    match = _PARENTHESIS.fullmatch(name)
    if match is None:
        return ""
    stem, hint = squeeze(match[1]), squeeze(match[2] or match[3] or "")
    if stem in _LENGTHS and hint in _UNITS:
        return _UNITS[hint]
    if stem in _TIMES and not re.fullmatch("[ymdhs]+", hint):
        return ""  # “Start (UTC)” read as a time of the user's zone would be wrong by hours
    return stem


def has_start(roles: Mapping[str, int]) -> bool:
    """Tell whether there is a column from which a session's start could be read."""
    return "start" in roles or "start_date" in roles


def score(header: Sequence[str]) -> int:
    """Return how many columns of ``header`` are understood; the right delimiter scores highest."""
    roles = roles_of(header)
    return len(roles) + (10 if has_start(roles) else 0)


def looks_like_toggl(header: Sequence[str]) -> bool:
    """Recognise the detailed report of Toggl Track, and of the programs that write the same columns.

    A day and a time of day in columns of their own, a duration, and at least one column about the client.
    """
    roles = roles_of(header, toggl=True)
    names = {squeeze(name) for name in header}
    whole = {"start", "start_date"} <= roles.keys() and any(role.startswith("duration") for role in roles)
    return whole and not names.isdisjoint(_TOGGL_COMPANY)


def finished_column(header: Sequence[str]) -> int | None:
    """Return the place of a column called ``finished``, which may hold times or yes and no."""
    return next((place for place, name in enumerate(header) if squeeze(name) == "finished"), None)
