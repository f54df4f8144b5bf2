"""Results for people, made of a small invented run."""

import dataclasses
import io
import json
import math
import re
from html.parser import HTMLParser

from rich.console import Console

from tandem.bench.outcome import Outcome, Report
from tandem.bench.report import charts, markdown, page, table
from tandem.bench.report.words import shown, unreached
from tandem.bench.thresholds import Threshold, judge


def made() -> Report:
    outcome = Outcome(
        "hot-read",
        "A <cached> read",
        seconds=12.0,
        load=0.5,
        notes=["412 bytes"],
        left_out=["LiteLLM: offline"],
    )
    for rate in (20_000.0, 24_000.0, 22_000.0):
        outcome.row("Tandem", "one worker").add(rate=rate, p95_ms=1.5, errors=0)
        outcome.row("Flask <gthread>", "one worker").add(rate=rate / 400, p95_ms=80.0, errors=1)
    outcome.figures = {"of_bare": 0.61, "times_flask": 80.0}
    failed = Outcome("chat", "Chat", failure="ServerError: it does not start")
    return Report({"commit": "abc1234", "cores": 2, "packages": {"granian": "2.8"}}, [outcome, failed])


JUDGED = judge(
    made().figures, ["hot-read"],
    [Threshold("hot-read.of_bare", "share of bare", at_least=0.5), Threshold("hot-read.times_flask", "times Flask", at_least=100)],
)  # fmt: skip


def test_a_run_is_the_same_after_being_kept_as_json():
    report = made()
    report.outcomes[0].row("nobody", "one worker").add(p95_ms=math.nan)
    kept = json.dumps(report.wire(), allow_nan=False)
    again = Report.read(json.loads(kept))
    assert again.wire() == report.wire()
    assert math.isnan(again.outcomes[0].rows[-1].median("p95_ms"))


def test_medians_and_sums_stand_in_the_table():
    console = Console(width=120, record=True, file=io.StringIO())
    for one in table.tables(made().outcomes[0]):
        console.print(one)
    console.print(table.verdicts(JUDGED))
    text = console.export_text()
    assert re.search(r"Tandem\s+│\s+22,000 │\s+1.5 │\s+0", text)
    assert re.search(r"Flask <gthread>\s+│\s+55.0 │\s+80.0 │\s+3", text)
    assert re.search(r"share of bare\s+│\s+0.61 │ at least 0.5 │ met", text)
    assert re.search(r"times Flask\s+│\s+80.0 │ at least 100 │ missed", text)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if tag not in ("meta", "rect", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "path"):
            assert self.open.pop() == tag


def test_the_page_stands_alone_and_is_well_formed():
    text = page.render(made(), JUDGED)
    tags = _Tags()
    tags.feed(text)
    assert tags.open == []
    assert all(link.startswith("#") for link in tags.links), "it loads nothing"
    assert "<script" not in text
    assert "Flask &lt;gthread&gt;" in text
    assert "A &lt;cached&gt; read" in text
    assert "it does not start" in text
    assert "LiteLLM: offline" in text
    assert "missed by 20%" in text


def test_a_bar_is_as_long_as_its_figure():
    rows = made().outcomes[0].rows
    drawn = charts.bars(rows, "rate")
    ours, theirs = (float(one) for one in re.findall(r'<rect class="\w+"[^>]* width="([\d.]+)"', drawn))
    assert ours / (charts.WIDTH - charts.LABEL - charts.VALUE) == 22 / 24
    assert theirs < ours / 300
    assert charts.charted(rows) == ["rate", "p95_ms"]


def test_a_long_name_is_told_whole():
    """In lines that fit beside the bars; a single line would lose its beginning."""
    name = "Flask gthread, 2 x 100 threads for chats, 2 x 4 for reads"
    rows = [dataclasses.replace(row, subject=name) for row in made().outcomes[0].rows[:1]]
    lines = re.findall(r"<tspan[^>]*>([^<]*)</tspan>", charts.bars(rows, "rate"))
    assert " ".join(lines) == name
    assert max(map(len, lines)) <= charts.NAME


def test_markdown_tells_what_was_missed_and_what_failed():
    text = markdown.results(made())
    assert "| Tandem | 22,000 | 1.5 | 0 |" in text
    assert "**Failed**: ServerError: it does not start" in text
    assert "* left out: LiteLLM: offline" in text


def test_every_figure_of_the_plans_is_there_once_measured():
    text = markdown.plans(made())
    assert "| Requests/second: 5-10 times Flask | cached read, times requests/s | Flask, the quickest" in text
    assert "not measured" in text
    assert "cannot be measured here" in text
    for words in ("15,000", "p50", "p95", "p99", "500", "80 %", "3-5", "2-3", "-50 %", "-80 %", "-30 %"):
        assert words in text, words


def test_figures_have_the_digits_that_mean_something():
    assert [shown(value) for value in (None, 0.6123, 3.14159, 87.25, 22345.6)] == [
        "-",
        "0.612",
        "3.14",
        "87.2",
        "22,346",
    ]
    assert [unreached(one) for one in JUDGED] == ["", "missed by 20%"]
