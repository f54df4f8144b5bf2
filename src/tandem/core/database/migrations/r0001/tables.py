"""The tables of version 0001, as data: those of the old contract and our own."""

from dataclasses import dataclass, field
from typing import Final

from tandem.core.database.migrations.vector import DIMENSIONS

assert DIMENSIONS == 384  # noqa: S101 - the column of existing databases has this length


@dataclass(frozen=True, slots=True)
class Table:
    """One table: how it is made, and what an existing one must have to be the same thing."""

    name: str
    columns: dict[str, str]
    """Name and definition; each can be added to a table with rows unless it is essential."""
    essential: dict[str, str] = field(default_factory=dict)
    """Columns without which an existing table of this name is something else, with their types
    (an empty type: any)."""
    indexes: tuple[str, ...] = ()
    """Made with a new table only: an existing one keeps the indexes that its owner chose."""
    constraints: tuple[str, ...] = ()
    """Likewise for a new table only, for an old row may violate them."""

    @property
    def is_touched(self) -> bool:
        """Whether ``updated_at`` is kept current by a trigger."""
        return "updated_at" in self.columns

    def create(self) -> list[str]:
        """Return the statements that make the table."""
        parts = [f'"{name}" {definition}' for name, definition in self.columns.items()]
        body = ", ".join([*parts, *self.constraints])
        return [f"CREATE TABLE {self.name} ({body})", *self.indexes]


_CREATED: Final = "timestamptz NOT NULL DEFAULT now()"
_COUNT: Final = "integer NOT NULL DEFAULT 0"
_PERCENT: Final = "numeric(5,2)"


def _rating(column: str) -> str:
    return f"CHECK ({column} BETWEEN 0 AND 100)"


SESSIONS: Final = Table(
    "sessions",
    {
        "id": "uuid PRIMARY KEY DEFAULT gen_random_uuid()",
        "preset": "varchar(50) NOT NULL DEFAULT 'deep_work'",
        "category": "varchar(100) NOT NULL DEFAULT 'Other'",
        "task": "varchar(200)",
        "duration_minutes": "integer NOT NULL DEFAULT 52",
        "completed": "boolean NOT NULL DEFAULT true",
        "productivity_rating": _PERCENT,
        "notes": "text",
        "date": "date NOT NULL DEFAULT CURRENT_DATE",
        "time": "time NOT NULL DEFAULT LOCALTIME",
        "hour": 'smallint GENERATED ALWAYS AS (EXTRACT(HOUR FROM "time")::smallint) STORED',
        # 0 is Sunday, as the old service wrote it.
        "day_of_week": 'smallint GENERATED ALWAYS AS (EXTRACT(DOW FROM "date")::smallint) STORED',
        "created_at": "timestamptz DEFAULT now()",
        "updated_at": "timestamptz DEFAULT now()",
    },
    essential={
        "id": "uuid",
        "preset": "",
        "category": "",
        "duration_minutes": "",
        "completed": "boolean",
        "date": "date",
        "time": "time without time zone",
    },
    indexes=(
        'CREATE INDEX tandem_sessions_date ON sessions ("date" DESC)',
        'CREATE INDEX tandem_sessions_date_completed ON sessions ("date" DESC, completed)',
        "CREATE INDEX tandem_sessions_completed ON sessions (completed)",
        "CREATE INDEX tandem_sessions_category ON sessions (category)",
        "CREATE INDEX tandem_sessions_preset ON sessions (preset)",
        'CREATE INDEX tandem_sessions_hour ON sessions ("hour")',
        "CREATE INDEX tandem_sessions_day_of_week ON sessions (day_of_week)",
        "CREATE INDEX tandem_sessions_created_at ON sessions (created_at DESC)",
        "CREATE INDEX tandem_sessions_notes ON sessions USING gin (to_tsvector('simple', coalesce(notes, '')))",
    ),
    constraints=(_rating("productivity_rating"),),
)

CONTRACT: Final = (
    SESSIONS,
    Table(
        "ai_cache",
        {
            "id": "uuid PRIMARY KEY DEFAULT gen_random_uuid()",
            "cache_key": "varchar(255) NOT NULL UNIQUE",
            "cache_type": "varchar(100) NOT NULL",
            "params_hash": "varchar(64)",
            "response": "jsonb NOT NULL",
            "ttl_hours": "numeric(5,2) DEFAULT 4",
            "expires_at": "timestamptz NOT NULL",
            "invalidated": "boolean DEFAULT false",
            "created_at": "timestamptz DEFAULT now()",
        },
        essential={"cache_key": "", "cache_type": "", "response": "jsonb", "expires_at": ""},
        indexes=(
            "CREATE INDEX tandem_ai_cache_type ON ai_cache (cache_type)",
            "CREATE INDEX tandem_ai_cache_expires_at ON ai_cache (expires_at)",
        ),
    ),
    Table(
        "user_profile",
        {
            "user_id": "varchar(50) PRIMARY KEY DEFAULT 'default'",
            "xp": _COUNT,
            "total_xp_earned": _COUNT,
            "level": "integer NOT NULL DEFAULT 1",
            "title": "varchar(100)",
            "streak_freezes_available": "integer NOT NULL DEFAULT 1",
            "streak_freeze_used_dates": "jsonb DEFAULT '[]'",
            "vacation_mode": "boolean NOT NULL DEFAULT false",
            "vacation_days_remaining": _COUNT,
            "vacation_start_date": "date",
            "created_at": "timestamptz DEFAULT now()",
            "updated_at": "timestamptz DEFAULT now()",
        },
        essential={"user_id": ""},
    ),
    Table(
        "category_skills",
        {
            "category": "varchar(100) PRIMARY KEY",
            "xp": _COUNT,
            "level": _COUNT,
            "sessions_count": _COUNT,
            "total_minutes": _COUNT,
        },
        essential={"category": ""},
    ),
    Table(
        "achievements",
        {
            "achievement_id": "varchar(100) PRIMARY KEY",
            "progress": _COUNT,
            "unlocked": "boolean NOT NULL DEFAULT false",
            "unlocked_at": "timestamptz",
            "notified": "boolean NOT NULL DEFAULT false",
        },
        essential={"achievement_id": ""},
    ),
    Table(
        "wellness_checkins",
        {
            "date": "date PRIMARY KEY DEFAULT CURRENT_DATE",
            "sleep_quality": _PERCENT,
            "energy_level": _PERCENT,
            "mood": _PERCENT,
            "stress_level": _PERCENT,
            "motivation": _PERCENT,
            "focus_ability": _PERCENT,
            "overall_wellness": _PERCENT,
            "notes": "text",
            "created_at": "timestamptz DEFAULT now()",
            "updated_at": "timestamptz DEFAULT now()",
        },
        essential={"date": "date"},
        constraints=tuple(
            _rating(column)
            for column in (
                "sleep_quality",
                "energy_level",
                "mood",
                "stress_level",
                "motivation",
                "focus_ability",
                "overall_wellness",
            )
        ),
    ),
)
"""The tables that the old services read and write too."""

SESSION_COLUMNS: Final = {
    "user_id": "varchar(100) NOT NULL DEFAULT 'default'",
    "started_at": "timestamptz",
    "duration_seconds": "integer",
    "origin": "varchar(20)",
    "import_key": "varchar(64)",
}
"""What we add to ``sessions``: old writers need not know any of it."""

SESSION_COLUMN_TYPES: Final = {
    "user_id": "character varying(100)",
    "started_at": "timestamp with time zone",
    "duration_seconds": "integer",
    "origin": "character varying(20)",
    "import_key": "character varying(64)",
}

SESSION_INDEXES: Final = (
    'CREATE INDEX tandem_sessions_user ON sessions (user_id, "date" DESC, "time" DESC, id)',
    (
        "CREATE UNIQUE INDEX tandem_sessions_import_key ON sessions (user_id, import_key) "
        "WHERE import_key IS NOT NULL"
    ),
)

OWN: Final = (
    Table("tandem_meta", {"key": "varchar(100) PRIMARY KEY", "value": "jsonb NOT NULL"}),
    Table("data_versions", {"user_id": "varchar(100) PRIMARY KEY", "version": "bigint NOT NULL"}),
    Table(
        "idempotency_keys",
        {
            "user_id": "varchar(100) NOT NULL",
            "key": "varchar(255) NOT NULL",
            "request_hash": "varchar(64) NOT NULL",
            "status": "smallint",
            "response": "jsonb",
            "created_at": _CREATED,
        },
        indexes=("CREATE INDEX tandem_idempotency_keys_created_at ON idempotency_keys (created_at)",),
        constraints=("PRIMARY KEY (user_id, key)",),
    ),
    Table(
        "user_settings",
        {
            "user_id": "varchar(100) PRIMARY KEY",
            "timezone": "text",
            "settings": "jsonb NOT NULL DEFAULT '{}'",
            "updated_at": _CREATED,
        },
    ),
)
"""The tables that are ours alone."""
