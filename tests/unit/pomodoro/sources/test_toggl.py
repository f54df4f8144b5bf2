"""Reports of Toggl Track and of programs that write the same columns."""

from datetime import UTC, datetime

import pytest

from unit.pomodoro.sources.reading import one, read

HEADER = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount ()"
ROW = 'Ann,a@example.org,ACME,Website,,"Home page, draft",No,2024-03-01,09:00:00,2024-03-01,09:50:00,00:50:00,"web, ux",'


def test_the_detailed_report():
    """Project, description and tags are category, task and notes."""
    parsed = read(f"\ufeff{HEADER}\n{ROW}\n")
    (session,) = parsed.sessions
    assert parsed.format == "toggl"
    assert session.started_at == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert session.duration_seconds == 3000
    assert (session.category, session.task, session.notes) == ("Website", "Home page, draft", "web, ux")
    assert (session.preset, session.preset_basis) == ("deep_work", "duration")
    assert parsed.columns["start"] == "Start date + Start time"


def test_newer_spellings():
    """Lower case, other words and another order change nothing."""
    session = one(
        "description,duration,member,email,project,tags,start date,start time,stop date,stop time\n"
        "Draft,0:50:00,Ann,a@example.org,Website,,2024-03-01,9:00 AM,2024-03-01,9:50 AM\n"
    )
    assert (session.category, session.task, session.duration_seconds) == ("Website", "Draft", 3000)


def test_german_report():
    """A report in German is the same report."""
    session = one(
        "Benutzer;E-Mail;Kunde;Projekt;Aufgabe;Beschreibung;Verrechenbar;Startdatum;Startzeit;Enddatum;Endzeit;Dauer\n"
        "Ann;a@example.org;ACME;Website;;Entwurf;Nein;01.03.2024;09:00:00;01.03.2024;09:50:00;00:50:00\n"
    )
    assert (session.category, session.task, session.duration_seconds) == ("Website", "Entwurf", 3000)


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("00:50:00", 3000), ("0:50", 3000), ("0.75", 2700), ("47:06 min", 2826), ("12 sec", 12)],
)
def test_all_settings_of_the_duration(cell, seconds):
    """Without an end the duration counts, in each format that the account can be set to."""
    session = one(
        f"Email,Project,Start date,Start time,Duration\na@example.org,P,2024-03-01,09:00:00,{cell}\n"
    )
    assert session.duration_seconds == seconds


def test_dates_and_clocks_of_american_accounts():
    """Month first and a twelve-hour clock."""
    session = one(
        "Email,Start date,Start time,End date,End time,Duration\n"
        "a@example.org,03/01/2024,09:00:00 AM,03/01/2024,09:50:00 AM,00:50:00\n"
    )
    assert session.started_at == datetime(2024, 3, 1, 8, tzinfo=UTC)


def test_a_report_without_project_has_the_default_category():
    """An entry without a project is in the category that stands for none."""
    session = one(f"{HEADER}\n{ROW.replace('Website', '')}\n", default_category="Unsorted")
    assert session.category == "Unsorted"


def test_the_format_can_be_forced():
    """Stating the format reads a poorer file by the same rules."""
    session = one("Project,Description,Start,End\nP,D,2024-03-01 09:00,2024-03-01 10:00\n", format="toggl")
    assert (session.category, session.task) == ("P", "D")
