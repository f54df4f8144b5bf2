"""The report of an import."""

from datetime import date

from tandem.core.i18n import translator
from tandem.pomodoro.sources.reasons import ALL_REASONS, RowError
from tandem.pomodoro.sources.records import MAX_REJECTIONS
from tandem.pomodoro.sources.report import ImportReport
from unit.pomodoro.sources.reading import read

LOG = """start,end,category,preset
2024-03-01 09:00,2024-03-01 09:00,A,
2024-03-02 09:00,2024-03-02 13:00,A,deep_work
2024-03-02 10:00,2024-03-02 10:30,B,
2024-03-02 10:00,2024-03-02 09:30,B,
"""


def test_a_report_says_what_happened():
    """Figures, days, categories, columns and the rejected row with its line."""
    report = ImportReport.of(read(LOG), added=2, already_present=1, file="log.csv")
    assert report.model_dump() == {
        "file": "log.csv", "format": "csv", "encoding": "utf-8", "rating_scale": None,
        "columns": {"start": "start", "end": "end", "category": "category", "preset": "preset"},
        "ignored_columns": [], "rows_read": 4, "imported": 2, "already_present": 1, "joined": 0, "rejected": 1,
        "rejections": [{
            "line": 5, "code": "end_before_start", "reason": "the end is before the start",
            "row": "2024-03-02 10:00,2024-03-02 09:30,B,",
        }],
        "rejections_omitted": 0, "zero_length": 1, "long_sessions": 1, "overlaps": 1, "shortened_tasks": 0,
        "first_day": date(2024, 3, 1), "last_day": date(2024, 3, 2), "days_with_sessions": 2,
        "categories": {"A": 2, "B": 1}, "preset_basis": "mixed",
    }  # fmt: skip


def test_an_empty_log_has_a_report():
    """Nothing read is reported as nothing, in JSON too."""
    report = ImportReport.of(read("start,end\n"), added=0, already_present=0)
    assert (report.first_day, report.preset_basis, report.rows_read) == (None, None, 0)
    assert '"first_day":null' in report.model_dump_json()


def test_lists_in_a_report_are_bounded():
    """All rejected rows are counted, the first thousand listed; fifty categories at most."""
    rows = "".join(f"2024-03-01 09:00,25,c{i}\n" for i in range(60)) + "x,25,c\n" * (MAX_REJECTIONS + 5)
    report = ImportReport.of(read(f"start,minutes,category\n{rows}"), added=60, already_present=0)
    assert report.rejected == MAX_REJECTIONS + 5
    assert len(report.rejections) == MAX_REJECTIONS
    assert report.rejections_omitted == 5
    assert len(report.categories) == 50


def test_reasons_are_said_by_a_translator():
    """A reason is a message id with slots, so it can be said in another language."""
    parsed = read("start,minutes\nsoon,25\n")
    shouted = ImportReport.of(
        parsed, added=0, already_present=0, translate=lambda text, **slots: text.format(**slots).upper()
    )
    assert shouted.rejections[0].reason == "“SOON” IS NOT A READABLE TIME"
    english = ImportReport.of(parsed, added=0, already_present=0, translate=translator("en"))
    assert english.rejections[0].reason == "“soon” is not a readable time"


def test_reasons_have_distinct_stable_codes():
    """A code names one reason."""
    codes = [reason.code for reason in ALL_REASONS]
    assert len(codes) == len(set(codes)) >= 18
    assert all(str(RowError(reason)) == reason.code for reason in ALL_REASONS)
