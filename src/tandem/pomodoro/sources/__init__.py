"""Session logs of other programs come in here, and ours go out: no database, no network, no clock of its own."""
