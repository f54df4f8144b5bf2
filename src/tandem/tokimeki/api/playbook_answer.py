"""A verdict as it is answered."""

from tandem.tokimeki.schemas.stocks import (
    PlaybookAnswer,
    PlaybookShown,
    PriceRisk,
    RuleCheck,
    StockData,
)
from tandem.tokimeki.services.playbook_service import Judged


def playbook_answer(judged: Judged) -> PlaybookAnswer:
    """Return the answer of ``/analyze_playbook``."""
    told = judged.figures
    return PlaybookAnswer(
        playbook=PlaybookShown(**judged.playbook.wire()), decision=judged.verdict.decision,
        reasons=list(judged.verdict.reasons),
        stock_data=StockData(
            pe_ratio=told.pe_ratio, roe=told.roe, debt_to_equity=told.debt_to_equity, eps_growth=told.eps_growth,
            profit_margin=told.profit_margin, operating_cash_flow=told.operating_cash_flow,
        ),
        price_risk=PriceRisk(volatility=told.volatility, max_drawdown=told.drawdown),
        checks=[RuleCheck(rule=one.rule, met=one.met, reason=one.reason) for one in judged.verdict.checks],
        source=judged.source, as_of=judged.as_of, stale=judged.stale, notice=judged.notice,
    )  # fmt: skip
