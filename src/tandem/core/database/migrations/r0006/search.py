"""What search needs of PostgreSQL: functions on notes, an index of their words, and a table of vectors."""

from typing import Final

# Czech letters and the accents of its neighbours, to the letter that people type when in a hurry.
_ACCENTED: Final = "áäąàâčćçďéěëęèêíïîľĺłňńñóöőôřŕšśťúůüűùûýžźż"
_PLAIN: Final = "aaaaacccdeeeeeeiiilllnnnoooorrsstuuuuuuyzzz"

# Capitals too, for in the locale "C" PostgreSQL makes only A-Z small.
_FROM: Final = _ACCENTED + _ACCENTED.upper()
_TO: Final = _PLAIN * 2

assert len(_ACCENTED) == len(_PLAIN)  # noqa: S101 - or letters would be lost

FUNCTIONS: Final = {
    "tandem_note(text, text)": """
        CREATE FUNCTION tandem_note(task text, notes text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
            CASE WHEN btrim(coalesce(task, '')) = '' THEN btrim(coalesce(notes, ''))
                 WHEN btrim(coalesce(notes, '')) = '' THEN btrim(task)
                 ELSE btrim(task) || '. ' || btrim(notes) END
    """,
    "tandem_words(text)": f"""
        CREATE FUNCTION tandem_words(note text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
            to_tsvector('simple'::regconfig, lower(translate(left(note, 20000), '{_FROM}', '{_TO}')))
    """,
}
"""In the order in which they use each other; the text of a session, and its words without accents."""

INDEX: Final = (
    "CREATE INDEX tandem_sessions_words ON sessions USING gin (tandem_words(tandem_note(task, notes)))"
)

# One row for each piece of each different text of a person: a text that returns is not embedded again, and a session
# that changes or goes needs no note of it here.
VECTORS: Final = """
    CREATE TABLE tandem_vectors (
        user_id varchar(100) NOT NULL,
        space text NOT NULL,
        digest uuid NOT NULL,
        piece smallint NOT NULL,
        vector {type} NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, space, digest, piece)
    )
"""

STATE: Final = """
    CREATE TABLE tandem_indexed (
        user_id varchar(100) PRIMARY KEY,
        space text NOT NULL,
        version bigint NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    )
"""
"""Up to which data version a person's notes have been embedded."""

TABLES: Final = ("tandem_vectors", "tandem_indexed")
