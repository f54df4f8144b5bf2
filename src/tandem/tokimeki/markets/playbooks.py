"""The five playbooks: who they are and what they look at. Fixed texts; the rules are in :mod:`.playbook_rules`."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Playbook:
    """One way of judging a company; ``logic`` is shown to people."""

    name: str
    role: str
    philosophy: str
    logic: dict[str, Any]

    def wire(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"name": self.name, "role": self.role, "philosophy": self.philosophy, "logic": self.logic}


BUFFETT: Final = Playbook(
    "Warren Buffett Playbook", "Value Investor", "A good business at a sensible price.",
    {
        "filters": ["Return on equity above 15 %", "P/E above 0 and below 20",
                    "Debt to equity at most 100 % (told, does not decide)",
                    "Operating cash flow above 0 (told, does not decide)"],
        "example": "A company that earns 20 % on its equity at 15 times its earnings is bought.",
    },
)  # fmt: skip
MUNGER: Final = Playbook(
    "Charlie Munger Playbook", "Quality + Patience", "Wait for an excellent business, then stay with it.",
    {
        "filters": ["Return on equity above 20 %", "Profit margin above 15 %", "Debt to equity at most 80 %"],
        "example": "Excellent by all three: bought. Good by some: wait. Poor in return or margin: left alone.",
    },
)  # fmt: skip
VALUATION: Final = Playbook(
    "Valuation Playbook", "Intrinsic Value Estimator", "Price is what you pay, value is what you get.",
    {
        "method": "Graham's formula: a fair P/E is 8.5 + 2 x yearly growth in percent, growth taken as 0 to 15; bought at 20 %"
                  " below it, avoided at 20 % above it",
        "example": "Growth of 10 % makes 28.5 times earnings fair; 18 times is cheap, 40 times is dear.",
    },
)  # fmt: skip
FUNDAMENTALS: Final = Playbook(
    "Fundamentals Playbook", "Financial Health Checker", "A healthy company shows it in its accounts.",
    {
        "metrics": ["Profit margin above 10 %", "Debt to equity at most 150 %", "Earnings grow", "Operating cash flow above 0"],
        "example": "All four are met: bought. Two or more are not: avoided. Otherwise wait.",
    },
)  # fmt: skip
RISK_MANAGER: Final = Playbook(
    "Risk Manager Playbook", "Drawdown & Volatility Control", "First see what can be lost.",
    {
        "rules": ["Volatility of a year below 25 %: calm; 35 % or more: too much",
                  "Largest drawdown of a year under 20 %: calm; 35 % or more: too much"],
        "example": "Calm by both: bought. Too much by either: avoided. Otherwise wait.",
    },
)  # fmt: skip

PLAYBOOKS: Final = {one.name: one for one in (BUFFETT, MUNGER, VALUATION, FUNDAMENTALS, RISK_MANAGER)}
