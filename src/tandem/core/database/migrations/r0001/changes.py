"""Triggers that number every change of a person's sessions and tell the listeners, whoever wrote it.

The number grows in the writer's own transaction, so it is seen exactly when the rows are; the row lock on
it lets writers of one user follow one another. Within a statement the users are taken in one order, so two
statements never wait for each other in a circle.
"""

from typing import Final

CHANNEL: Final = "tandem_sessions"
"""The channel on which committed changes are told."""

MOST_IDS: Final = 100
"""Rows up to which a notification names them; 100 ids and the longest user stay far below 8000 bytes."""

FUNCTIONS: Final = ("tandem_sessions_changed()", "tandem_bump(varchar, uuid[])")

_BUMP: Final = """
CREATE OR REPLACE FUNCTION tandem_bump(changed_user varchar, changed_ids uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $body$
DECLARE
    reached bigint;
BEGIN
    INSERT INTO data_versions AS known (user_id, version) VALUES (changed_user, 1)
    ON CONFLICT (user_id) DO UPDATE SET version = known.version + 1
    RETURNING known.version INTO reached;
    PERFORM pg_notify(
        '{channel}',
        json_build_object(
            'u', changed_user,
            'v', reached,
            'ids', CASE WHEN cardinality(changed_ids) <= {most_ids} THEN to_json(changed_ids) END
        )::text
    );
END
$body$
"""

# With the rights of its owner: a program that may write sessions need not be given our tables.
_CHANGED: Final = """
CREATE OR REPLACE FUNCTION tandem_sessions_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $body$
DECLARE
    changed record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        FOR changed IN
            SELECT user_id, array_agg(id) AS ids FROM new_rows GROUP BY user_id ORDER BY user_id COLLATE "C"
        LOOP
            PERFORM tandem_bump(changed.user_id, changed.ids);
        END LOOP;
    ELSIF TG_OP = 'UPDATE' THEN
        FOR changed IN
            SELECT user_id, array_agg(id) AS ids
            FROM (SELECT user_id, id FROM old_rows UNION SELECT user_id, id FROM new_rows) AS touched
            GROUP BY user_id ORDER BY user_id COLLATE "C"
        LOOP
            PERFORM tandem_bump(changed.user_id, changed.ids);
        END LOOP;
    ELSIF TG_OP = 'DELETE' THEN
        FOR changed IN
            SELECT user_id, array_agg(id) AS ids FROM old_rows GROUP BY user_id ORDER BY user_id COLLATE "C"
        LOOP
            PERFORM tandem_bump(changed.user_id, changed.ids);
        END LOOP;
    ELSE
        FOR changed IN SELECT user_id FROM data_versions ORDER BY user_id COLLATE "C"
        LOOP
            PERFORM tandem_bump(changed.user_id, NULL);
        END LOOP;
    END IF;
    RETURN NULL;
END
$body$
"""

_TRIGGERS: Final = {
    "tandem_sessions_inserted": "INSERT ON sessions REFERENCING NEW TABLE AS new_rows",
    "tandem_sessions_updated": "UPDATE ON sessions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "tandem_sessions_deleted": "DELETE ON sessions REFERENCING OLD TABLE AS old_rows",
    "tandem_sessions_truncated": "TRUNCATE ON sessions",
}

_TOUCH: Final = """
CREATE OR REPLACE FUNCTION tandem_touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$body$
"""

TOUCH_FUNCTION: Final = "tandem_touch()"


def create_change_triggers(schema: str) -> list[str]:
    """Return the statements that make sessions numbered; ``schema`` is where the tables are, quoted."""
    functions = [
        _BUMP.format(schema=schema, channel=CHANNEL, most_ids=MOST_IDS),
        _CHANGED.format(schema=schema),
    ]
    triggers = [
        f"CREATE TRIGGER {name} AFTER {event} FOR EACH STATEMENT EXECUTE FUNCTION tandem_sessions_changed()"
        for name, event in _TRIGGERS.items()
    ]
    # Versions begin for everybody whose sessions are there already.
    begin = "INSERT INTO data_versions SELECT user_id, 1 FROM sessions GROUP BY user_id"
    return [*functions, *triggers, begin]


def drop_change_triggers() -> list[str]:
    """Return the statements that undo :func:`create_change_triggers`, the table of versions apart."""
    triggers = [f"DROP TRIGGER {name} ON sessions" for name in _TRIGGERS]
    return [*triggers, *(f"DROP FUNCTION {function}" for function in FUNCTIONS)]


def create_touch_function() -> str:
    """Return the statement that makes the function behind the ``updated_at`` triggers."""
    return _TOUCH


def create_touch(table: str) -> str:
    """Return the statement that keeps ``updated_at`` of ``table`` current."""
    return (
        f"CREATE TRIGGER tandem_touch BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {TOUCH_FUNCTION}"
    )


def drop_touch(table: str) -> str:
    """Return the statement that undoes :func:`create_touch`."""
    return f"DROP TRIGGER tandem_touch ON {table}"
