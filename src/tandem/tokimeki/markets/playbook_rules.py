"""What each playbook says of a company's figures.

A rule is met, not met, or, where its figure is missing, unknown. A missing figure is never taken for 0: it can neither
make a company cheap nor poor, and where it matters the answer is to wait.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tandem.tokimeki.markets import playbooks
from tandem.tokimeki.markets.playbooks import Playbook

Decision = Literal["Buy", "Hold", "Avoid"]

MOST_REASONS: Final = 2
"""As many as the old clients show."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one company; None: unknown. ``debt_to_equity`` in percent, all others but ``pe_ratio`` are fractions.

    ``volatility`` and ``drawdown`` (<= 0) are those of its price over a year.
    """

    pe_ratio: float | None = None
    roe: float | None = None
    debt_to_equity: float | None = None
    eps_growth: float | None = None
    profit_margin: float | None = None
    operating_cash_flow: float | None = None
    volatility: float | None = None
    drawdown: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One rule and what came of it; ``met`` is None where the figure is unknown."""

    rule: str
    met: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision, its one or two reasons, and every rule that was looked at."""

    decision: Decision
    reasons: tuple[str, ...]
    checks: tuple[Check, ...]


def judge(playbook: Playbook, figures: Figures) -> Verdict:
    """Return what ``playbook`` says of ``figures``."""
    return _RULES[playbook.name](figures)


def _buffett(told: Figures) -> Verdict:
    deciding = [_above("Return on equity", told.roe, 0.15), _cheap(told.pe_ratio, 20.0)]
    beside = [
        _at_most("Debt to equity", told.debt_to_equity, 100.0),
        _above("Operating cash flow", told.operating_cash_flow, 0.0, unit=""),
    ]
    return _verdict(deciding, avoid=_any_missed(deciding), beside=beside)


def _munger(told: Figures) -> Verdict:
    checks = [
        _above("Return on equity", told.roe, 0.20), _above("Profit margin", told.profit_margin, 0.15),
        _at_most("Debt to equity", told.debt_to_equity, 80.0),
    ]  # fmt: skip
    poor = [_above("Return on equity", told.roe, 0.10), _above("Profit margin", told.profit_margin, 0.05)]
    return _verdict(checks, avoid=_any_missed(poor))


def _valuation(told: Figures) -> Verdict:
    price, growth = told.pe_ratio, told.eps_growth
    if price is None or growth is None:
        missing = [name for name, value in (("P/E", price), ("Earnings growth", growth)) if value is None]
        return _verdict(
            [Check("P/E below 80 % of the fair one", None, f"{' and '.join(missing)} unknown.")], avoid=False
        )
    if price <= 0:
        return _verdict(
            [Check("P/E above 0", False, f"P/E of {price:.1f}: the company earns nothing.")], avoid=True
        )
    fair = 8.5 + 2.0 * min(max(100.0 * growth, 0.0), 15.0)
    reason = f"P/E of {price:.1f} where {fair:.1f} would be fair at a growth of {100 * growth:.1f} %."
    return _verdict(
        [Check("P/E below 80 % of the fair one", price <= 0.8 * fair, reason)], avoid=price >= 1.2 * fair
    )


def _fundamentals(told: Figures) -> Verdict:
    checks = [
        _above("Profit margin", told.profit_margin, 0.10), _at_most("Debt to equity", told.debt_to_equity, 150.0),
        _above("Earnings growth", told.eps_growth, 0.0),
        _above("Operating cash flow", told.operating_cash_flow, 0.0, unit=""),
    ]  # fmt: skip
    return _verdict(checks, avoid=sum(check.met is False for check in checks) >= 2)


def _risk_manager(told: Figures) -> Verdict:
    loss = None if told.drawdown is None else -told.drawdown
    checks = [
        _below("Volatility of a year", told.volatility, 0.25),
        _below("Largest drawdown of a year", loss, 0.20),
    ]
    much = [
        _below("Volatility of a year", told.volatility, 0.35),
        _below("Largest drawdown of a year", loss, 0.35),
    ]
    return _verdict(checks, avoid=_any_missed(much))


_RULES: Final[Mapping[str, Callable[[Figures], Verdict]]] = {
    playbooks.BUFFETT.name: _buffett, playbooks.MUNGER.name: _munger, playbooks.VALUATION.name: _valuation,
    playbooks.FUNDAMENTALS.name: _fundamentals, playbooks.RISK_MANAGER.name: _risk_manager,
}  # fmt: skip


def _verdict(checks: Sequence[Check], *, avoid: bool, beside: Sequence[Check] = ()) -> Verdict:
    """Buy when every rule is met, avoid when ``avoid``, else wait; the reasons are the rules that made it so."""
    missed, unknown = [one for one in checks if one.met is False], [one for one in checks if one.met is None]
    decision: Decision = "Avoid" if avoid else "Hold" if missed or unknown else "Buy"
    telling = checks if decision == "Buy" else missed if decision == "Avoid" else [*missed, *unknown]
    return Verdict(decision, tuple(one.reason for one in telling[:MOST_REASONS]), (*checks, *beside))


def _any_missed(checks: Sequence[Check]) -> bool:
    return any(check.met is False for check in checks)


def _above(name: str, value: float | None, bound: float, *, unit: str = "%") -> Check:
    return _compared(name, value, bound, "above", unit)


def _below(name: str, value: float | None, bound: float) -> Check:
    return _compared(name, value, bound, "below", "%")


def _compared(
    name: str, value: float | None, bound: float, word: Literal["above", "below"], unit: str
) -> Check:
    rule = f"{name} {word} {_shown(bound, unit)}"
    if value is None:
        return Check(rule, None, f"{name} unknown.")
    met = value > bound if word == "above" else value < bound
    return Check(
        rule, met, f"{name} of {_shown(value, unit)} is {'' if met else 'not '}{word} {_shown(bound, unit)}."
    )


def _at_most(name: str, percent: float | None, bound: float) -> Check:
    rule = f"{name} at most {bound:g} %"
    if percent is None:
        return Check(rule, None, f"{name} unknown.")
    met = percent <= bound
    return Check(rule, met, f"{name} of {percent:.1f} % is {'at most' if met else 'above'} {bound:g} %.")


def _cheap(price: float | None, bound: float) -> Check:
    rule = f"P/E above 0 and below {bound:g}"
    if price is None:
        return Check(rule, None, "P/E unknown.")
    if price <= 0:
        return Check(rule, False, f"P/E of {price:.1f}: the company earns nothing.")
    return Check(
        rule, price < bound, f"P/E of {price:.1f} is {'' if price < bound else 'not '}below {bound:g}."
    )


def _shown(value: float, unit: str) -> str:
    return f"{100 * value:.1f} %" if unit == "%" else f"{value:,.0f}"
