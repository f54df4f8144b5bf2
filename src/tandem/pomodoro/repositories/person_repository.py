"""What is kept of a person beside the sessions: check-ins, profile, skills and achievements.

The old tables have no user column: they belong to the user ``default``. Other people's are in tables of our own.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from tandem.core.database.pool import Database
from tandem.core.identity import DEFAULT_USER
from tandem.pomodoro.ai.person import Achievement, CheckIn, Skill
from tandem.pomodoro.schemas.quality import Wellness

CHECK_IN_DAYS: Final = 7
_MOST: Final = 500

_VALUES: Final = (
    "sleep_quality, energy_level, mood, stress_level, motivation, focus_ability, overall_wellness"
)

# One round trip: the answer is waited for before every AI answer.
_SQL: Final = """
    SELECT
        (SELECT jsonb_build_object('level', level, 'xp', total_xp_earned) FROM {profile} WHERE {whose}) AS profile,
        (SELECT jsonb_agg(to_jsonb(c) ORDER BY c."date" DESC) FROM (
            SELECT "date", {values}, notes FROM {check_ins}
            WHERE {check_in_whose} AND "date" BETWEEN $2::date - {days} AND $2::date
        ) AS c) AS check_ins,
        (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.xp DESC, s.category) FROM (
            SELECT category, xp, level FROM {skills} WHERE {skill_whose} LIMIT {most}
        ) AS s) AS skills,
        (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.achievement_id) FROM (
            SELECT achievement_id, progress, unlocked FROM {achievements} WHERE {achievement_whose} LIMIT {most}
        ) AS a) AS achievements
"""


def _query(*, own: bool) -> str:
    mine = "user_id = $1"
    # The parameter is named in every form of the query, so that its type is known.
    all_of_it = "$1::text IS NOT NULL"
    return _SQL.format(
        values=_VALUES, days=CHECK_IN_DAYS - 1, most=_MOST, whose=mine,
        profile="person_profiles" if own else "user_profile",
        check_ins="person_check_ins" if own else "wellness_checkins", check_in_whose=mine if own else all_of_it,
        skills="person_skills" if own else "category_skills", skill_whose=mine if own else all_of_it,
        achievements="person_achievements" if own else "achievements", achievement_whose=mine if own else all_of_it,
    )  # fmt: skip


_LEGACY: Final = _query(own=False)
_OWN: Final = _query(own=True)


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """What was found; nothing of it need be there."""

    level: int | None = None
    total_xp: int | None = None
    check_ins: tuple[CheckIn, ...] = ()
    skills: tuple[Skill, ...] = ()
    achievements: tuple[Achievement, ...] = ()


class PersonRepository:
    """Reads; raises DatabaseUnavailableError while PostgreSQL is out of reach."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database

    async def read(self, user: str, day: dt.date) -> StoredPerson:
        """Return what is known of ``user``, with the check-ins of the seven days up to ``day``."""
        row = await self._database.fetchrow(_LEGACY if user == DEFAULT_USER else _OWN, user, day)
        profile = row["profile"] or {}
        return StoredPerson(
            level=profile.get("level"), total_xp=profile.get("xp"),
            check_ins=tuple(_check_in(one) for one in row["check_ins"] or ()),
            skills=tuple(Skill(one["category"], one["xp"], one["level"]) for one in row["skills"] or ()),
            achievements=tuple(
                Achievement(one["achievement_id"], one["progress"], one["unlocked"]) for one in row["achievements"] or ()
            ),
        )  # fmt: skip


def _check_in(found: dict[str, Any]) -> CheckIn:
    # An adopted table may hold what its owner allowed: a value out of range counts as none.
    values = {
        name: value
        for name in Wellness.model_fields
        if isinstance(value := found.get(name), int | float) and 0 <= value <= 100
    }
    return CheckIn(dt.date.fromisoformat(found["date"]), Wellness(**values), found.get("notes"))
