"""The table of API keys, and the trigger that tells every worker which of them changed."""

from typing import Final

from tandem.core.database.migrations.r0001.tables import Table

CHANNEL: Final = "tandem_keys"
"""The channel on which changed keys are named; an empty message means any of them."""

MOST_IDS: Final = 100
"""Keys up to which a statement's changes are told one by one."""

API_KEYS: Final = Table(
    "api_keys",
    {
        "id": "text PRIMARY KEY",
        "name": "text NOT NULL",
        "user_id": "text NOT NULL",
        "scopes": (
            "text[] NOT NULL CHECK (scopes <> '{}' AND scopes <@ ARRAY['read', 'write', 'admin']::text[])"
        ),
        "hash": "bytea NOT NULL CHECK (octet_length(hash) = 32)",
        "prefix": "text NOT NULL",
        "created_at": "timestamptz NOT NULL DEFAULT now()",
        "last_used_at": "timestamptz",
        "expires_at": "timestamptz",
        "revoked_at": "timestamptz",
    },
    indexes=("CREATE INDEX tandem_api_keys_user ON api_keys (user_id)",),
)

FUNCTION: Final = "tandem_keys_changed()"

# Stamping the last use is no change that anybody must hear of.
_CHANGED: Final = f"""
CREATE OR REPLACE FUNCTION {FUNCTION} RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    changed text[];
    one text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(id) INTO changed FROM (SELECT id FROM new_rows LIMIT {MOST_IDS} + 1) AS picked;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(id) INTO changed FROM (
            SELECT coalesce(o.id, n.id) AS id FROM old_rows o FULL JOIN new_rows n ON o.id = n.id
            WHERE to_jsonb(o) - 'last_used_at' IS DISTINCT FROM to_jsonb(n) - 'last_used_at'
            LIMIT {MOST_IDS} + 1
        ) AS picked;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(id) INTO changed FROM (SELECT id FROM old_rows LIMIT {MOST_IDS} + 1) AS picked;
    END IF;
    IF TG_OP = 'TRUNCATE' OR cardinality(changed) > {MOST_IDS} THEN
        PERFORM pg_notify('{CHANNEL}', '');
    ELSIF changed IS NOT NULL THEN
        FOREACH one IN ARRAY changed LOOP
            PERFORM pg_notify('{CHANNEL}', one);
        END LOOP;
    END IF;
    RETURN NULL;
END
$body$
"""  # noqa: S608 - our own names only

_TRIGGERS: Final = {
    "tandem_keys_inserted": "INSERT ON api_keys REFERENCING NEW TABLE AS new_rows",
    "tandem_keys_updated": "UPDATE ON api_keys REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "tandem_keys_deleted": "DELETE ON api_keys REFERENCING OLD TABLE AS old_rows",
    "tandem_keys_truncated": "TRUNCATE ON api_keys",
}


def create_triggers() -> list[str]:
    """Return the statements that make changes heard, also on a table that outlived a way back."""
    statements = [_CHANGED]
    for name, event in _TRIGGERS.items():
        statements += [
            f"DROP TRIGGER IF EXISTS {name} ON api_keys",
            f"CREATE TRIGGER {name} AFTER {event} FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}",
        ]
    return statements
