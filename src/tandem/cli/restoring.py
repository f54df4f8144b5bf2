"""A dump back into a server of any version that the services run on, in one transaction.

pg_restore of PostgreSQL 17 and later sets ``transaction_timeout``, which older servers do not know, and it has no
option against that. So it writes its script to us and psql runs it, without that one line.
"""

import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Final

import click

from tandem.core.database.embedded import binaries

_UNKNOWN_BEFORE_17: Final = b"SET transaction_timeout = 0;"
_PREAMBLE: Final = (b"--", b"SET ", b"SELECT pg_catalog.set_config(", b"\\restrict ")


def restore_dump(file: Path, address: str, password: Mapping[str, str]) -> None:
    """Replace the content of the database at ``address`` by ``file``: all of it or nothing.

    ``password`` goes into the environment of psql alone. Raises ClickException with the message of the program
    that failed.
    """
    read = [str(binaries().pg_restore), "--clean", "--if-exists", "--no-owner", "--file=-", str(file)]
    write = [
        str(binaries().psql), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-", f"--dbname={address}",
    ]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin"}
    # Files for the messages: a full pipe would stop the program that writes into it.
    with tempfile.TemporaryFile() as read_errors, tempfile.TemporaryFile() as write_errors:
        with (
            subprocess.Popen(  # noqa: S603
                read, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=read_errors, env=environment
            ) as reader,
            subprocess.Popen(  # noqa: S603
                write, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=write_errors,
                env=environment | {"PGOPTIONS": "-c client_min_messages=warning", **password},
            ) as writer,
        ):  # fmt: skip
            _pass_on(reader, writer)
        # The writer's word comes first: when it stops, the reader only finds that nobody listens.
        for process, errors in ((writer, write_errors), (reader, read_errors)):
            if process.returncode > 0:
                errors.seek(0)
                text = errors.read().decode(errors="replace").strip()
                if process is reader:
                    text = f"{file} is no backup as `tandem db dump` writes it; nothing was changed. {text}"
                raise click.ClickException(text or f"{Path(str(process.args[0])).name} failed")  # type: ignore[index]
        if reader.returncode or writer.returncode:
            raise click.ClickException("the restore was stopped; nothing was changed")


def copy_script(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy pg_restore's script without the setting that servers before PostgreSQL 17 do not know.

    Only the settings at its very beginning are looked at: further down the same line would be somebody's data.
    """
    for line in source:
        if line.rstrip(b"\r\n") != _UNKNOWN_BEFORE_17:
            target.write(line)
        if line.strip() and not line.startswith(_PREAMBLE):
            break
    copyfileobj(source, target)


def _pass_on(reader: "subprocess.Popen[bytes]", writer: "subprocess.Popen[bytes]") -> None:
    assert reader.stdout is not None  # noqa: S101 - both were asked for
    assert writer.stdin is not None  # noqa: S101
    try:
        # Our own transaction instead of psql's, which would also commit a script that broke off.
        writer.stdin.write(b"BEGIN;\n")
        copy_script(reader.stdout, writer.stdin)
        if reader.wait() == 0:
            writer.stdin.write(b"COMMIT;\n")
        writer.stdin.close()
    except BrokenPipeError:
        reader.stdout.close()  # the writer has said why it left
        with suppress(BrokenPipeError):
            writer.stdin.close()
