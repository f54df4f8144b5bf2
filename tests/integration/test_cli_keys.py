"""`tandem keys`, and what `tandem serve` says without any."""

import re

import pytest

from integration.command import Tandem, one_line
from tandem.core.auth import keys

pytestmark = pytest.mark.timeout(90)


def test_a_key_is_shown_once_listed_and_revoked(tandem: Tandem) -> None:
    """Standard output of `create` is the key alone; nothing else ever shows its secret."""
    made = tandem("keys", "create", "laptop", "--user", "ann", "--scope", "read", "--expires", "90d")
    shown = keys.parse(made.stdout.strip())
    assert shown is not None
    assert made.stdout.count("\n") == 1
    assert "read for the user ann, until 20" in made.stderr
    assert shown[1] not in made.stderr
    forever = keys.parse(tandem("keys", "create", "ci").stdout.strip())
    assert forever is not None
    listed = tandem("keys", "list").stdout
    assert re.search(
        rf"{shown[0]} .*laptop .*ann .*read .*tdm_{shown[0]}_\w{{4}}\.\.\..*never .*valid until 20", listed
    )
    assert re.search(rf"{forever[0]} .*ci .*default .*write .*valid ", listed)
    assert "revoked" in tandem("keys", "revoke", shown[0]).stdout
    assert re.search(rf"{shown[0]} .*revoked 20", tandem("keys", "list").stdout)
    for word in (shown[0], "no-such-key"):
        assert "no such key" in tandem("keys", "revoke", word, expect=1).stderr
    assert shown[1] not in listed


def test_a_narrow_terminal_shows_whole_ids(tandem: Tandem) -> None:
    """Revoking takes the id, so it is never cut."""
    made = keys.parse(tandem("keys", "create", "a-long-name-for-a-key", "--expires", "90d").stdout.strip())
    assert made is not None
    assert f" {made[0]} " in tandem("keys", "list", COLUMNS="80").stdout


def test_a_budget_is_for_a_key_that_is_there(tandem: Tandem) -> None:
    """One for a key with a slip in its id would hold nobody back."""
    made = keys.parse(tandem("keys", "create", "ci").stdout.strip())
    assert made is not None
    one_line(tandem("budgets", "set", "key", "nope", "5", expect=1), "no API key nope", "tandem keys list")
    assert "5.0" in tandem("budgets", "set", "key", made[0], "5", "--period", "day").stdout
    one_line(tandem("budgets", "delete", "key", made[0], expect=1), "no budget a month", "--period day")
    tandem("budgets", "delete", "key", made[0], "--period", "day")


@pytest.mark.parametrize(
    "words",
    [("--expires", "soon"), ("--expires", "0d"), ("--scope", "owner"), ("--user", "no name"), ("--expires", "90")],
)  # fmt: skip
def test_mistakes_are_told_before_anything_is_made(tandem: Tandem, words: tuple[str, str]) -> None:
    """Exit code 2, and no key."""
    assert tandem("keys", "create", "x", *words, expect=2).stdout == ""
    assert "│ x" not in tandem("keys", "list").stdout


def test_a_name_is_for_people(tandem: Tandem) -> None:
    """Neither empty nor full of control characters."""
    for name in ("", "a\nb", "x" * 101):
        tandem("keys", "create", name, expect=2)


def test_serving_the_network_without_a_key_is_refused_with_the_remedy(tandem: Tandem) -> None:
    """One line that names the command; a revoked key is none."""
    for service in ("pomodoro", "tokimeki"):
        refused = tandem("serve", service, "--host", "0.0.0.0", expect=1)
        one_line(refused, "tandem keys create", "TANDEM_AUTH", "127.0.0.1")
    made = keys.parse(tandem("keys", "create", "gone").stdout.strip())
    assert made is not None
    tandem("keys", "revoke", made[0])
    one_line(tandem("serve", "pomodoro", expect=1, TANDEM_AUTH="on"), "tandem keys create")
