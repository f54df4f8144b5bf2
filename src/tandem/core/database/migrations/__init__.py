"""The versions of the database schema, run by Alembic without a configuration file.

The serving processes read only the names below; Alembic and SQLAlchemy are imported by
:mod:`tandem.core.database.schema` when a migration really runs.

A new version is a file ``versions/NNNN_what_it_does.py`` and a new last entry of :data:`KNOWN`. It must work
while programs of the version before still write: first add, later fill, remove only in a release after that.
"""

from typing import Final

KNOWN: Final = ("0001", "0002", "0003", "0004", "0005", "0006")
"""All versions that this release understands, oldest first."""

HEAD: Final = KNOWN[-1]
"""The version that this release needs."""

VERSION_TABLE: Final = "tandem_schema_version"
"""Where the database says its version; not Alembic's usual name, for the database is shared."""
