"""The command `tandem` as people run it: a process, its exit code, what it prints and where."""

import csv
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from e2e.processes import environment, free_port
from integration.command import Tandem, one_line, process
from tandem.cli.main import cli

pytestmark = pytest.mark.timeout(90)

LOG = """start,end,category,note,rating
2026-03-02 09:00,2026-03-02 09:52,Learning,Chapter 3,4
2026-03-02 10:00,2026-03-02 10:25,Learning,Chapter 4,
2026-03-02 11:00,2026-03-02 10:00,Learning,backwards,3
2026-03-03 22:00,2026-03-04 01:30,Other,late,5
"""


def test_help_is_quick_and_complete(tmp_path: Path) -> None:
    """Help loads none of the heavy parts: within 1.5 s, the best of three on a busy machine."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        shown = process("--help", home=tmp_path / "home")
        took.append(time.perf_counter() - began)
    print(f"tandem --help: {min(took):.2f} s")
    assert min(took) < 1.5
    for verb in ("up", "serve", "sessions", "demo", "user", "backtest", "db", "doctor"):
        assert f"\n  {verb} " in shown.stdout
    assert process("--version", home=tmp_path / "home").stdout.startswith("tandem, version ")
    mistaken = process("sesions", home=tmp_path / "home")
    assert (mistaken.returncode, mistaken.stdout) == (2, "")
    assert "sesions" in mistaken.stderr
    assert "Traceback" not in mistaken.stderr


def test_every_verb_has_help_with_an_example() -> None:
    """Each command that does something shows how it is called."""
    for words in (
        ("up",), ("serve",), ("sessions", "import"), ("sessions", "export"), ("demo", "remove"), ("user", "erase"),
        ("backtest",), ("db", "dump"), ("db", "restore"), ("doctor",),
    ):  # fmt: skip
        shown = CliRunner().invoke(cli, [*words, "--help"], prog_name="tandem")
        assert shown.exit_code == 0
        assert f"tandem {' '.join(words)}" in shown.output.split("Example", 1)[1], words
    for group in ("sessions", "demo", "user", "db"):
        assert "Commands:" in CliRunner().invoke(cli, [group, "--help"]).output


def every_command(
    command: click.Command, words: tuple[str, ...]
) -> Iterator[tuple[click.Command, tuple[str, ...]]]:
    """The command and all below it."""
    yield command, words
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from every_command(found, (*words, name))


def test_no_help_shows_its_own_marks() -> None:
    """The mark that keeps the lines of an example apart is obeyed, not printed."""
    commands = list(every_command(cli, ()))
    assert len(commands) > 20
    for command, words in commands:
        shown = CliRunner().invoke(cli, [*words, "--help"], prog_name="tandem").output
        assert "\\b" not in shown, words
        assert "\b" not in shown, words
        for line in (command.help or "").partition("\b")[2].splitlines():
            assert line.strip(" \b") in shown, words


def test_a_log_goes_in_and_out(tandem: Tandem, tmp_path: Path) -> None:
    """Import tells what it did, a second one adds nothing, the export of one user is another's log."""
    (tmp_path / "log.csv").write_text(LOG)
    words = ("sessions", "import", "log.csv", "--rating-scale", "1-5", "--user", "ann")
    report = json.loads(tandem(*words, "--json").stdout)
    assert (report["imported"], report["rejected"]) == (3, 1)
    shown = tandem(*words).stdout
    assert "already present" in shown
    assert "line 4" in shown
    assert json.loads(tandem(*words, "--json").stdout)["imported"] == 0

    tandem("sessions", "export", "--user", "ann", "-o", "ann.csv")
    rows = list(csv.DictReader((tmp_path / "ann.csv").read_text().splitlines()))
    assert [row["category"] for row in rows] == ["Learning", "Learning", "Other"]
    assert (
        tandem("sessions", "export", "--user", "ann").stdout == (tmp_path / "ann.csv").read_bytes().decode()
    )
    copy = json.loads(tandem("sessions", "import", "ann.csv", "--user", "bob", "--json").stdout)
    assert (copy["imported"], copy["rejected"]) == (3, 0)
    assert tandem("sessions", "export", "--user", "nobody").stdout.count("\n") == 1


def test_what_cannot_be_imported_is_said_in_one_line(tandem: Tandem, tmp_path: Path) -> None:
    """No scale, no log, no file, no such zone, no such user."""
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "empty.csv").write_text("")
    one_line(
        tandem("sessions", "import", "log.csv", expect=1), "tandem: ", "1-5, 1-10, 0-100 with --rating-scale."
    )
    one_line(tandem("sessions", "import", "empty.csv", expect=1))
    assert "nowhere.csv" in tandem("sessions", "import", "nowhere.csv", expect=2).stderr
    scale = ("--rating-scale", "1-5")
    one_line(
        tandem("sessions", "import", "log.csv", *scale, "--timezone", "Mars/Olympus", expect=1),
        "Mars/Olympus",
    )
    for name in ("", "a b", "x" * 101):
        asked = CliRunner().invoke(cli, ["sessions", "import", str(tmp_path / "log.csv"), "--user", name])
        assert (asked.exit_code, "--user" in asked.output) == (2, True)
    one_line(tandem("sessions", "export", "-o", "missing/out.csv", expect=1), "missing/out.csv")


def test_cells_and_paths_are_text_and_never_markup(tandem: Tandem, tmp_path: Path) -> None:
    """A category or a directory in brackets is printed as it is."""
    (tmp_path / "log.csv").write_text(
        "start,minutes,category\n2026-03-02 09:00,25,[/b]\n2026-03-03 09:00,x,[/i]\n"
    )
    shown = tandem("sessions", "import", "log.csv").stdout
    assert "[/b] (1)" in shown
    home = tmp_path / "[" / "x]"
    try:
        done = tandem("doctor", TANDEM_HOME=str(home))
    except AssertionError:
        done = tandem("doctor", TANDEM_HOME=str(home), expect=1)
    assert str(home) in done.stdout.replace("\n", "")


def test_a_reader_of_an_export_may_leave(tandem: Tandem, tmp_path: Path, database_url: str) -> None:
    """`tandem sessions export | head -1` ends quietly."""
    rows = "".join(
        f"2026-01-{1 + n // 40:02} {8 + n % 12:02}:{n % 60:02},{n % 60 + 1},x{'y' * 150}\n"
        for n in range(1000)
    )
    (tmp_path / "log.csv").write_text("start,minutes,category\n" + rows.replace("y" * 150, "y" * 80))
    assert json.loads(tandem("sessions", "import", "log.csv", "--json").stdout)["imported"] > 900
    done = subprocess.run(
        f"{sys.executable} -m tandem sessions export | head -1", shell=True, capture_output=True, text=True, cwd=tmp_path,
        env=environment(tmp_path / "home", DATABASE_URL=database_url), timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_database_that_is_not_there_is_one_line(tandem: Tandem, tmp_path: Path) -> None:
    """Each command that needs it says so, without the password, and ends with 1."""
    (tmp_path / "log.csv").write_text(LOG)
    gone = {"DATABASE_URL": f"postgresql://me:hidden-password@127.0.0.1:{free_port()}/none"}
    for words in (
        ("db", "status"), ("db", "upgrade"), ("db", "dump", "x.dump"),
        ("sessions", "import", "log.csv", "--rating-scale", "1-5"),
    ):  # fmt: skip
        done = tandem(*words, expect=1, **gone)
        assert done.stdout == ""
        assert done.stderr.strip()
        assert "hidden-password" not in done.stderr
    one_line(tandem("db", "status", expect=1, DATABASE_URL="mysql://x/y"), "DATABASE_URL")


def test_wrong_settings_are_named_and_not_shown(tandem: Tandem) -> None:
    """The name and what is wrong with it, never the value of a secret."""
    one_line(tandem("db", "status", expect=1, TANDEM_DRAIN_LIMIT="soon"), "TANDEM_DRAIN_LIMIT")
    one_line(
        tandem("db", "status", expect=1, TANDEM_TIMEZONE="Mars/Olympus"), "TANDEM_TIMEZONE", "Mars/Olympus"
    )
    one_line(tandem("serve", "pomodoro", "--host", "0.0.0.0", expect=1), "TANDEM_AUTH", "127.0.0.1")
    assert "no-such-service" in tandem("serve", "no-such-service", expect=2).stderr


def test_every_error_begins_with_the_name_of_the_command(tandem: Tandem) -> None:
    """Mistakes of words, refusals and wrong settings alike; a mistake of words also says where the help is."""
    asked = tandem("sessions", "import", "nowhere.csv", expect=2).stderr.splitlines()
    assert asked[-1].startswith("tandem: ")
    assert asked[-2] == "See `tandem sessions import --help`."
    for words in (("sesions",), ("budgets", "set", "user", "ann", "much"), ("budgets", "list", "--loud")):
        assert tandem(*words, expect=2).stderr.splitlines()[-1].startswith("tandem: ")
    one_line(tandem("budgets", "delete", "user", "nobody", expect=1), "tandem: ")
    away = tandem("db", "status", expect=1, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")
    one_line(away, "tandem: PostgreSQL cannot be reached", "tandem doctor")
    wrong = tandem("db", "status", expect=1, TANDEM_TIMEZONE="Mars/Olympus")
    one_line(wrong, "tandem: TANDEM_TIMEZONE: unknown time zone")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sesions",), "did you mean 'sessions'?"),
        (("jobs", "status", "--failed", "-4"), "--failed"),
        (("bench", "--header", "A:b"), "goes with --url"),
        (("bench", "--path", "/x", "--quick"), "goes with --url"),
        (("bench", "--url", "a=http://127.0.0.1:1", "--scenario", "chat"), "instead of scenarios"),
        (("bench", "--url", "a=http://127.0.0.1:1", "--header", "Accept"), "NAME:VALUE"),
    ],
)
def test_slips_are_told_at_once(tandem: Tandem, words: tuple[str, ...], told: str) -> None:
    """With the remedy, and before anything is measured or opened."""
    assert told in tandem(*words, expect=2).stderr.splitlines()[-1]


def test_tokimeki_listens_where_port_says(tmp_path: Path, database_url: str) -> None:
    """As the hosts of the old service told it; it is no port of Pomodoro ML."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        refused = process(
            "serve", "tokimeki", home=tmp_path / "home", DATABASE_URL=database_url, PORT=str(port)
        )
    assert refused.returncode == 1
    assert f"port {port} is taken" in refused.stderr


def test_results_that_are_none(tandem: Tandem, tmp_path: Path) -> None:
    """It is said what the file should have been."""
    (tmp_path / "notes.md").write_text("# Notes")
    one_line(tandem("bench", "--render", "notes.md", expect=1), "notes.md", "tandem bench --json")


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, list[dict[str, str]]]:
    """The report of the doctor by subject."""
    found: dict[str, list[dict[str, str]]] = {}
    for finding in json.loads(done.stdout):
        found.setdefault(finding["subject"], []).append(finding)
    return found


def test_the_doctor_finds_what_is_wrong(tandem: Tandem, empty_database_url: str) -> None:
    """Each finding has a verdict, and each bad one a remedy; the exit code follows."""
    found = findings(_doctor(tandem))
    assert found["database"][0]["verdict"] == "ok"
    assert found["versions"][0]["verdict"] == "ok"

    found = findings(tandem("doctor", "--json", expect=1, DATABASE_URL=empty_database_url))
    assert found["database"][0]["remedy"] == "tandem db upgrade"
    wrong = {
        "TANDEM_DRAIN_LIMT": "5",
        "AI_PROVIDER": "depseek",
        "DATABASE_URL": f"postgresql://me:hidden-password@127.0.0.1:{free_port()}/none",
    }
    done = tandem("doctor", "--json", expect=1, **wrong)
    found = findings(done)
    assert "TANDEM_DRAIN_LIMIT" in found["settings"][0]["remedy"]
    assert found["database"][0]["verdict"] == "bad"
    assert "depseek" in found["AI answers"][0]["text"]
    assert "hidden-password" not in done.stdout
    found = findings(tandem("doctor", "--json", expect=1, TANDEM_TIMEZONE="Mars/Olympus"))
    assert "TANDEM_TIMEZONE" in found["settings"][0]["text"]
    for wrong in (found, findings(done)):
        assert all(one["remedy"] for ones in wrong.values() for one in ones if one["verdict"] == "bad")
    text = tandem("doctor", expect=1, TANDEM_DRAIN_LIMIT="soon").stdout
    assert "bad" in text
    assert "-> " in text


def _doctor(tandem: Tandem) -> subprocess.CompletedProcess[str]:
    """A machine may have one of the services' ports taken; that alone may be bad here."""
    try:
        return tandem("doctor", "--json")
    except AssertionError:
        done = tandem("doctor", "--json", expect=1)
        bad = {one["subject"] for one in json.loads(done.stdout) if one["verdict"] == "bad"}
        assert all(subject.startswith("port ") for subject in bad), bad
        return done


def test_a_backtest_scores_the_forecasts(tandem: Tandem, tmp_path: Path) -> None:
    """All methods with their figures, as a table and as JSON; too short a log is one line."""
    days = [
        f"2026-0{1 + n // 28}-{1 + n % 28:02}T{9 + k:02}:00:00+01:00"
        for n in range(80)
        for k in range(1 + n % 4)
    ]
    (tmp_path / "times.txt").write_text("\n".join(days))
    words = ("backtest", "times.txt", "--format", "timestamps")
    shown = tandem(*words, "--json", "figures.json").stdout
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert "tandem" in shown
    assert "tandem" in figures["methods"]
    assert len(figures["methods"]) >= 4
    for scores in figures["methods"].values():
        assert scores["mae_1d"] >= 0
        assert 0 <= scores["coverage80"] <= 1
    (tmp_path / "short.txt").write_text("\n".join(days[:5]))
    one_line(tandem("backtest", "short.txt", "--format", "timestamps", expect=1), "days")
    one_line(tandem(*words, "--json", "missing/figures.json", expect=1), "missing")
