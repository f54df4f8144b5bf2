"""Results as one page that needs nothing else: no script, no font, no address."""

from collections.abc import Iterator, Sequence
from html import escape
from string import Template
from typing import Any

from tandem.bench.outcome import METRICS, Outcome, Report
from tandem.bench.report import charts
from tandem.bench.report.table import cell, conditions, metrics_of
from tandem.bench.report.words import described, shown, unreached
from tandem.bench.thresholds import Judged

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tandem: benchmark</title><style>
:root{--ink:#1c2430;--soft:#5d6b7c;--line:#dfe4ea;--paper:#fff;--panel:#f6f8fa;--ours:#0b7a75;--other:#9fb0c0;--good:#13795b;--bad:#b3261e;--warn:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9ef;--soft:#9aa7b5;--line:#2c3743;--paper:#12181f;--panel:#19212a;--ours:#35b8b0;--other:#51606f;--good:#4cc38a;--bad:#ff8a80;--warn:#e0b252}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:980px;margin:0 auto;padding:2rem 1.2rem 4rem}h1{margin:0 0 .3rem;font-size:1.7rem}h2{margin:2.6rem 0 .2rem;font-size:1.25rem;border-top:1px solid var(--line);padding-top:1.6rem}
h3{margin:1.4rem 0 .4rem;font-size:1rem}p,small,figcaption small{color:var(--soft)}nav{display:flex;flex-wrap:wrap;gap:.4rem;margin:1rem 0}
nav a{padding:.15rem .6rem;border:1px solid var(--line);border-radius:1rem;color:var(--ink);text-decoration:none;font-size:.85rem}nav a:hover{border-color:var(--ours)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}th,td{padding:.32rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child,td:first-child,.words td{text-align:left}th{color:var(--soft);font-weight:600}tr.ours td{font-weight:600}.words td:nth-child(2),.words td:nth-child(3){text-align:right;white-space:nowrap}
.met{color:var(--good);font-weight:600}.missed{color:var(--bad);font-weight:600}.not{color:var(--warn);font-weight:600;white-space:nowrap}
.tally{display:flex;gap:1rem;flex-wrap:wrap;margin:1rem 0}.tally div{background:var(--panel);border:1px solid var(--line);border-radius:.5rem;padding:.7rem 1.1rem;min-width:8rem}.tally b{display:block;font-size:1.5rem}
figure{margin:.6rem 0 1rem;background:var(--panel);border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem}figcaption{font-weight:600;margin-bottom:.3rem}svg{width:100%;height:auto;display:block}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .value{fill:var(--soft)}rect.ours{fill:var(--ours)}rect.other{fill:var(--other)}.spread{stroke:var(--ink);fill:none;opacity:.55}
.fail{border-left:4px solid var(--bad);padding:.4rem .8rem;background:var(--panel)}ul{padding-left:1.2rem;color:var(--soft);font-size:.9rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;font-size:.88rem}dt{color:var(--soft)}dd{margin:0}
@media (max-width:40rem){figure{overflow-x:auto}svg{min-width:28rem}svg text{font-size:13px}th,td{padding:.32rem .3rem}.words{font-size:.8rem}}
</style></head><body><main>
<h1>Tandem beside the old services</h1><p>$intro</p>$tally<nav>$links</nav>
<h2 id="thresholds">What was demanded</h2><div class="scroll"><table class="words"><tr><th>figure</th><th>measured</th><th>demanded</th><th>verdict</th></tr>$thresholds</table></div>
$scenarios
<h2 id="machine">On what it was measured</h2><dl>$facts</dl>
</main></body></html>
""")


def render(report: Report, judged: Sequence[Judged]) -> str:
    """Return the page."""
    facts = report.facts
    intro = (
        f"{escape(str(facts.get('measured_at', '')))} · commit {escape(str(facts.get('commit', 'unknown')))} · "
        f"{facts.get('cores')} cores · medians over alternating rounds; lines show the smallest and the largest round. "
        "Figures of one machine: compare within a chart."
    )
    links = "".join(f'<a href="#{one.scenario}">{one.scenario}</a>' for one in report.outcomes)
    return _PAGE.substitute(
        intro=intro, tally=_tally(judged), links=f'<a href="#thresholds">demanded</a>{links}<a href="#machine">machine</a>',
        thresholds="".join(map(_threshold, judged)), scenarios="".join(map(_scenario, report.outcomes)),
        facts="".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in described(facts)),
    )  # fmt: skip


def _tally(judged: Sequence[Judged]) -> str:
    counts: dict[str, int] = {"met": 0, "missed": 0, "not measured": 0}
    for one in judged:
        counts[one.verdict] += 1
    boxes = "".join(
        f'<div><b class="{name.split()[0]}">{count}</b>{name}</div>' for name, count in counts.items()
    )
    return f'<div class="tally">{boxes}</div>'


def _threshold(one: Judged) -> str:
    distance = f" <small>{escape(unreached(one))}</small>" if one.verdict == "missed" else ""
    return (
        f"<tr><td>{escape(one.threshold.text)}{distance}</td><td>{shown(one.value)}</td><td>{one.threshold.bound}</td>"
        f'<td class="{one.verdict.split()[0]}">{one.verdict}</td></tr>'
    )


def _scenario(outcome: Outcome) -> str:
    parts = [
        f'<h2 id="{outcome.scenario}">{outcome.scenario}</h2><p>{escape(outcome.title)}. {outcome.seconds:.0f} s, load {outcome.load}.</p>'
    ]
    if outcome.failure:
        parts.append(f'<p class="fail">failed: {escape(outcome.failure[:600])}</p>')
    parts += _conditions(outcome)
    notes = [f"left out: {one}" for one in outcome.left_out] + outcome.notes
    if notes:
        parts.append("<ul>" + "".join(f"<li>{escape(one[:400])}</li>" for one in notes) + "</ul>")
    return "".join(parts)


def _conditions(outcome: Outcome) -> Iterator[str]:
    for condition, rows in conditions(outcome):
        yield f"<h3>{escape(condition)}</h3>"
        for metric in charts.charted(rows):
            yield charts.bars(rows, metric)
        metrics = metrics_of(rows)
        head = "".join(f"<th>{escape(METRICS[metric][0])}</th>" for metric in metrics)
        body = "".join(_line(row, metrics) for row in rows)
        yield f'<div class="scroll"><table><tr><th></th>{head}</tr>{body}</table></div>'


def _line(row: Any, metrics: Sequence[str]) -> str:
    cells = "".join(f"<td>{cell(row, metric)}</td>" for metric in metrics)
    kind = ' class="ours"' if row.subject.startswith("Tandem") else ""
    return f"<tr{kind}><td>{escape(row.subject)}</td>{cells}</tr>"
