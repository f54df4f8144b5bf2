"""pg_restore's script on its way to psql."""

import io

import pytest

from tandem.cli.restoring import copy_script

SETTING = b"SET transaction_timeout = 0;\n"
SCRIPT = (
    b"--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\nSET statement_timeout = 0;\n" + SETTING
    + b"SELECT pg_catalog.set_config('search_path', '', false);\n\nCREATE TABLE one (line text);\n"
    b"COPY one (line) FROM stdin;\n"
)  # fmt: skip


@pytest.mark.parametrize("data", [b"", SETTING, b"x\n" + SETTING * 2 + b"\\.\n", b"\xff\x00" * 100_000])
def test_only_the_setting_of_the_preamble_goes(data: bytes) -> None:
    """The same line among somebody's data stays, and so does every other byte."""
    target = io.BytesIO()
    copy_script(io.BytesIO(SCRIPT + data), target)
    assert target.getvalue() == SCRIPT.replace(SETTING, b"") + data


def test_a_script_without_the_setting_is_left_alone() -> None:
    """An older pg_restore writes none."""
    target = io.BytesIO()
    copy_script(io.BytesIO(b"SET x = 0;\nDROP TABLE y;\n" + SETTING), target)
    assert target.getvalue() == b"SET x = 0;\nDROP TABLE y;\n" + SETTING
