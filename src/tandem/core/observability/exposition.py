"""The Prometheus text form (version 0.0.4) of what was counted.

Written here and not by ``prometheus_client.generate_latest``, against which a test holds it: that one takes
over ten times as long, and would keep the worker that is scraped from its requests for a tenth of a second.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.utils import floatToGoString

from tandem.core.observability.tally import Declaration, Labels, Tally

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""Media type of :func:`render`."""

_IN_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
_IN_LABEL = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def render(tally: Tally) -> bytes:
    """Return all of ``tally``; a gauge that no living worker has set is left out."""
    lines: list[str] = []
    for declaration, series in tally:
        lines.append(f"# HELP {declaration.name} {declaration.help.translate(_IN_HELP)}\n")
        lines.append(f"# TYPE {declaration.name} {declaration.kind}\n")
        for labels, values in series.items():
            pairs = _pairs(declaration.labels, labels)
            if declaration.kind == "histogram":
                lines.extend(_histogram(declaration, pairs, values))
            elif values[0] == values[0]:  # NaN: a gauge that was not set
                lines.append(f"{declaration.name}{_braced(pairs)} {_number(values[0])}\n")
    return "".join(lines).encode()


def _histogram(declaration: Declaration, pairs: str, values: Sequence[float]) -> Iterator[str]:
    """Cumulate the buckets, as the format asks; the last is the count."""
    *counts, total = values
    prefix = f"{declaration.name}_bucket{{{pairs}{',' if pairs else ''}le="
    cumulated = list(accumulate(counts))
    for end, count in zip(_ends(declaration.bounds), cumulated, strict=True):
        yield f'{prefix}"{end}"}} {_number(count)}\n'
    yield f"{declaration.name}_count{_braced(pairs)} {_number(cumulated[-1])}\n"
    yield f"{declaration.name}_sum{_braced(pairs)} {_number(total)}\n"


def _ends(bounds: tuple[float, ...]) -> list[str]:
    return [*map(floatToGoString, bounds), "+Inf"]


def _pairs(names: tuple[str, ...], labels: Labels) -> str:
    return ",".join(
        [f'{name}="{value.translate(_IN_LABEL)}"' for name, value in zip(names, labels, strict=True)]
    )


def _braced(pairs: str) -> str:
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)
