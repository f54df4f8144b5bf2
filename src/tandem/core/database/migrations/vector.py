"""The column for semantic search, where PostgreSQL has pgvector and we may use it.

Nothing depends on it: without the column, search ranks in process. It is looked at with every upgrade, so an
extension that is installed later is taken up by the next `tandem db upgrade`.
"""

from typing import Final

from tandem.core.database.migrations.catalog import Catalog

DIMENSIONS: Final = 384
"""Length of an embedding of a session's notes."""

COLUMN: Final = "notes_embedding"


def add_embeddings(catalog: Catalog) -> bool:
    """Add the column and its index where they can be had; tell whether the column was added now.

    An index on a column that was there already is the business of whoever made it.
    """
    if COLUMN in catalog.columns("sessions"):
        return False
    schema = _schema_of_vector(catalog)
    if schema is None:
        return False
    added = catalog.attempt(f"ALTER TABLE sessions ADD COLUMN {COLUMN} {schema}.vector({DIMENSIONS})")
    if added:
        # An old pgvector has no HNSW; exact search needs none.
        catalog.attempt(
            f"CREATE INDEX tandem_sessions_embedding ON sessions USING hnsw ({COLUMN} {schema}.vector_cosine_ops) "
            "WITH (m = 16, ef_construction = 64)"
        )
    return added


def vector_type(catalog: Catalog) -> str | None:
    """Return pgvector's type with its schema, None where it cannot be had."""
    schema = _schema_of_vector(catalog)
    return None if schema is None else f"{schema}.vector"


def take_up_vectors(catalog: Catalog) -> bool:
    """Let PostgreSQL compare the vectors of notes from now on, if pgvector has come meanwhile; they are made anew.

    Tells whether anything was changed.
    """
    column = catalog.columns("tandem_vectors").get("vector")
    kind = vector_type(catalog) if column is not None and column.type == "bytea" else None
    if kind is None:
        return False
    catalog.run(
        "TRUNCATE tandem_vectors, tandem_indexed",
        f"ALTER TABLE tandem_vectors ALTER COLUMN vector TYPE {kind} USING NULL",
    )
    return True


def _schema_of_vector(catalog: Catalog) -> str | None:
    query = (
        "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace "
        "WHERE extname = 'vector'"
    )
    found: str | None = catalog.value(query)
    if found is None and catalog.attempt("CREATE EXTENSION vector"):
        found = catalog.value(query)
    return found
