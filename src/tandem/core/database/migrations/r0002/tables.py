"""The tables of version 0002, as data, in the order in which they refer to one another.

Money is in integer micro-dollars everywhere. Names of people, keys and models are plain text: a record that was
spilled must never be refused because a name is long.
"""

from typing import Final

from tandem.core.database.migrations.r0001.tables import Table

_CREATED: Final = "timestamptz NOT NULL DEFAULT now()"
_SUM: Final = "bigint NOT NULL DEFAULT 0"
_MICRO: Final = "bigint NOT NULL DEFAULT 0"
_NAME: Final = "text NOT NULL"

USAGE_EVENTS: Final = Table(
    "usage_events",
    {
        "id": "uuid PRIMARY KEY",
        "at": "timestamptz NOT NULL",
        "user_id": _NAME,
        "key_id": "text",
        "endpoint": _NAME,
        "request_id": _NAME,
        "asked": _NAME,
        "provider": _NAME,
        "model": _NAME,
        "prompt_tokens": "integer NOT NULL",
        "completion_tokens": "integer NOT NULL",
        "cost_micro": "bigint",
        "estimated": "boolean NOT NULL",
        "latency_ms": "integer NOT NULL",
        "first_token_ms": "integer",
        "outcome": _NAME,
        "streamed": "boolean NOT NULL",
        "attempt": "integer NOT NULL",
    },
    indexes=(
        'CREATE INDEX tandem_usage_events_at ON usage_events ("at")',
        'CREATE INDEX tandem_usage_events_user ON usage_events (user_id, "at")',
        'CREATE INDEX tandem_usage_events_key ON usage_events (key_id, "at") WHERE key_id IS NOT NULL',
    ),
)

# What pruned records added up to, so that sums "of all time" outlive the records.
USAGE_MONTHS: Final = Table(
    "usage_months",
    {
        "month": "date NOT NULL",
        "reset_id": "bigint NOT NULL",
        "user_id": _NAME,
        "key_id": "text NOT NULL DEFAULT ''",
        "asked": _NAME,
        "provider": _NAME,
        "model": _NAME,
        "requests": _SUM,
        "attempts": _SUM,
        "unpriced": _SUM,
        "prompt_tokens": _SUM,
        "completion_tokens": _SUM,
        "cost_micro": _MICRO,
    },
    constraints=('PRIMARY KEY ("month", reset_id, user_id, key_id, asked, provider, model)',),
)

USAGE_RESETS: Final = Table(
    "usage_resets",
    {
        "id": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "at": "timestamptz NOT NULL",
        "user_id": _NAME,
    },
)

# period_start says which period spent_micro belongs to; the *_total columns only grow and must balance:
# reserved_total = settled_total + refunded_total + reserved_micro (what is open).
BUDGETS: Final = Table(
    "budgets",
    {
        "id": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "scope": "varchar(10) NOT NULL CHECK (scope IN ('user', 'key'))",
        "name": "text NOT NULL CHECK (name <> '')",
        "limit_micro": "bigint NOT NULL CHECK (limit_micro >= 0)",
        "period": "varchar(10) NOT NULL CHECK (period IN ('day', 'month', 'total'))",
        "period_start": "timestamptz NOT NULL",
        "spent_micro": "bigint NOT NULL DEFAULT 0 CHECK (spent_micro >= 0)",
        "reserved_micro": "bigint NOT NULL DEFAULT 0 CHECK (reserved_micro >= 0)",
        "reserved_total": _MICRO,
        "settled_total": _MICRO,
        "refunded_total": _MICRO,
        "overrun_total": _MICRO,
        "created_at": _CREATED,
    },
    constraints=("UNIQUE (scope, name, period)",),
)

# One row per reservation and budget. settled + refunded = amount once it is closed; what a call cost beyond its
# reservation is the overrun.
BUDGET_RESERVATIONS: Final = Table(
    "budget_reservations",
    {
        "id": "uuid NOT NULL",
        "budget_id": "bigint NOT NULL REFERENCES budgets ON DELETE CASCADE",
        "user_id": _NAME,
        "request_id": _NAME,
        "amount_micro": "bigint NOT NULL CHECK (amount_micro > 0)",
        "settled_micro": _MICRO,
        "refunded_micro": _MICRO,
        "overrun_micro": _MICRO,
        "period_start": "timestamptz NOT NULL",
        "created_at": "timestamptz NOT NULL",
        "expires_at": "timestamptz NOT NULL",
        "state": (
            "varchar(10) NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'settled', 'refunded', 'swept'))"
        ),
    },
    indexes=(
        "CREATE INDEX tandem_budget_reservations_open ON budget_reservations (expires_at) WHERE state = 'open'",
        "CREATE INDEX tandem_budget_reservations_budget ON budget_reservations (budget_id)",
        "CREATE INDEX tandem_budget_reservations_expires ON budget_reservations (expires_at)",
    ),
    constraints=("PRIMARY KEY (id, budget_id)",),
)

CONVERSATIONS: Final = Table(
    "conversations",
    {
        "id": "uuid PRIMARY KEY DEFAULT gen_random_uuid()",
        "user_id": _NAME,
        "title": "text NOT NULL DEFAULT ''",
        "model": "text",
        "created_at": _CREATED,
        "updated_at": _CREATED,
    },
    indexes=("CREATE INDEX tandem_conversations_user ON conversations (user_id, updated_at DESC, id)",),
)

CONVERSATION_MESSAGES: Final = Table(
    "conversation_messages",
    {
        "id": "uuid PRIMARY KEY DEFAULT gen_random_uuid()",
        "conversation_id": "uuid NOT NULL REFERENCES conversations ON DELETE CASCADE",
        "seq": "integer NOT NULL CHECK (seq >= 0)",
        "role": "varchar(20) NOT NULL",
        "content": "text NOT NULL",
        "model": "text",
        "provider": "text",
        "usage": "jsonb",
        "created_at": _CREATED,
    },
    constraints=("UNIQUE (conversation_id, seq)",),
)

COMPARISONS: Final = Table(
    "comparisons",
    {
        "id": "uuid PRIMARY KEY DEFAULT gen_random_uuid()",
        "user_id": _NAME,
        "spec": "jsonb NOT NULL",
        "result": "jsonb",
        "created_at": _CREATED,
    },
    indexes=("CREATE INDEX tandem_comparisons_user ON comparisons (user_id, created_at DESC, id)",),
)

ADDED: Final = (
    USAGE_EVENTS,
    USAGE_MONTHS,
    USAGE_RESETS,
    BUDGETS,
    BUDGET_RESERVATIONS,
    CONVERSATIONS,
    CONVERSATION_MESSAGES,
    COMPARISONS,
)
"""All of them."""
