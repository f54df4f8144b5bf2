"""Check-ins, profiles, skills and achievements of people other than ``default``, whom the old tables do not know."""

from typing import Final

from tandem.core.database.migrations.r0001.tables import Table

_COUNT: Final = "integer NOT NULL DEFAULT 0"
_USER: Final = "varchar(100) NOT NULL"
_PERCENT: Final = "numeric(5,2) CHECK ({name} BETWEEN 0 AND 100)"
_VALUES: Final = (
    "sleep_quality",
    "energy_level",
    "mood",
    "stress_level",
    "motivation",
    "focus_ability",
    "overall_wellness",
)

PEOPLE: Final = (
    Table(
        "person_profiles",
        {
            "user_id": f"{_USER} PRIMARY KEY",
            "level": "integer NOT NULL DEFAULT 1",
            "total_xp_earned": _COUNT,
        },
    ),
    Table(
        "person_check_ins",
        {
            "user_id": _USER,
            "date": "date NOT NULL",
            **{name: _PERCENT.format(name=name) for name in _VALUES},
            "notes": "text",
        },
        constraints=('PRIMARY KEY (user_id, "date")',),
    ),
    Table(
        "person_skills",
        {"user_id": _USER, "category": "varchar(100) NOT NULL", "xp": _COUNT, "level": _COUNT},
        constraints=("PRIMARY KEY (user_id, category)",),
    ),
    Table(
        "person_achievements",
        {
            "user_id": _USER,
            "achievement_id": "varchar(100) NOT NULL",
            "progress": _COUNT,
            "unlocked": "boolean NOT NULL DEFAULT false",
        },
        constraints=("PRIMARY KEY (user_id, achievement_id)",),
    ),
)
