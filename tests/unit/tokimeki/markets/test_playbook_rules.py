"""Each playbook buys, waits and avoids; what is unknown decides nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.tokimeki.markets.playbook_rules import Figures, judge
from tandem.tokimeki.markets.playbooks import PLAYBOOKS

BUFFETT, MUNGER, VALUATION, FUNDAMENTALS, RISK = PLAYBOOKS.values()


@pytest.mark.parametrize(
    ("playbook", "figures", "decision"),
    [
        (BUFFETT, Figures(roe=0.2, pe_ratio=15), "Buy"),
        (BUFFETT, Figures(roe=0.2, pe_ratio=15, debt_to_equity=300, operating_cash_flow=-1), "Buy"),
        (BUFFETT, Figures(roe=0.15, pe_ratio=15), "Avoid"),
        (BUFFETT, Figures(roe=0.2, pe_ratio=20), "Avoid"),
        (BUFFETT, Figures(roe=0.2, pe_ratio=-4), "Avoid"),
        (BUFFETT, Figures(roe=0.2, pe_ratio=0), "Avoid"),
        (BUFFETT, Figures(roe=0.2), "Hold"),
        (BUFFETT, Figures(pe_ratio=15), "Hold"),
        (BUFFETT, Figures(pe_ratio=50), "Avoid"),
        (MUNGER, Figures(roe=0.3, profit_margin=0.2, debt_to_equity=50), "Buy"),
        (MUNGER, Figures(roe=0.3, profit_margin=0.2, debt_to_equity=180), "Hold"),
        (MUNGER, Figures(roe=0.15, profit_margin=0.2, debt_to_equity=50), "Hold"),
        (MUNGER, Figures(roe=0.05, profit_margin=0.2, debt_to_equity=50), "Avoid"),
        (MUNGER, Figures(roe=0.3, profit_margin=0.01), "Avoid"),
        (MUNGER, Figures(roe=0.3, profit_margin=0.2), "Hold"),
        (VALUATION, Figures(pe_ratio=18, eps_growth=0.10), "Buy"),
        (VALUATION, Figures(pe_ratio=28, eps_growth=0.10), "Hold"),
        (VALUATION, Figures(pe_ratio=40, eps_growth=0.10), "Avoid"),
        (VALUATION, Figures(pe_ratio=40, eps_growth=5.0), "Hold"),
        (VALUATION, Figures(pe_ratio=12, eps_growth=-0.5), "Avoid"),
        (VALUATION, Figures(pe_ratio=-3, eps_growth=0.1), "Avoid"),
        (VALUATION, Figures(pe_ratio=18), "Hold"),
        (
            FUNDAMENTALS,
            Figures(profit_margin=0.2, debt_to_equity=90, eps_growth=0.05, operating_cash_flow=1e9),
            "Buy",
        ),
        (
            FUNDAMENTALS,
            Figures(profit_margin=0.2, debt_to_equity=400, eps_growth=0.05, operating_cash_flow=1e9),
            "Hold",
        ),
        (FUNDAMENTALS, Figures(profit_margin=0.01, debt_to_equity=400), "Avoid"),
        (FUNDAMENTALS, Figures(profit_margin=0.2, debt_to_equity=90, eps_growth=0.05), "Hold"),
        (RISK, Figures(volatility=0.2, drawdown=-0.1), "Buy"),
        (RISK, Figures(volatility=0.3, drawdown=-0.1), "Hold"),
        (RISK, Figures(volatility=0.2, drawdown=-0.5), "Avoid"),
        (RISK, Figures(volatility=0.4), "Avoid"),
        (RISK, Figures(volatility=0.2), "Hold"),
    ],
)
def test_decisions(playbook, figures, decision):
    """One or two reasons, whatever is decided."""
    verdict = judge(playbook, figures)
    assert verdict.decision == decision
    assert 1 <= len(verdict.reasons) <= 2
    assert all(check.reason.endswith(".") for check in verdict.checks)


@pytest.mark.parametrize("playbook", PLAYBOOKS.values())
def test_nothing_is_known(playbook):
    """Then the answer is to wait, and every rule says that it does not know."""
    verdict = judge(playbook, Figures())
    assert verdict.decision == "Hold"
    assert "unknown" in verdict.reasons[0]
    assert all(check.met is None for check in verdict.checks)


def test_reasons_name_the_figures():
    """For people."""
    assert judge(BUFFETT, Figures(roe=0.2, pe_ratio=15)).reasons == (
        "Return on equity of 20.0 % is above 15.0 %.", "P/E of 15.0 is below 20.",
    )  # fmt: skip
    assert judge(BUFFETT, Figures(roe=0.2, pe_ratio=25)).reasons == ("P/E of 25.0 is not below 20.",)


figure = st.none() | st.floats(-1e6, 1e6)


@given(st.sampled_from(list(PLAYBOOKS.values())), st.builds(Figures, *[figure] * 8))
def test_any_figures(playbook, figures):
    """Never an error, and bought only when every deciding rule is known and met."""
    verdict = judge(playbook, figures)
    assert 1 <= len(verdict.reasons) <= 2
    if verdict.decision == "Buy":
        assert not any("unknown" in reason or "not" in reason.split() for reason in verdict.reasons)
