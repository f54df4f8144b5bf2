"""How accounting can stop a call to a model.

::

    ClientError
    +-- BudgetExceededError     the user's or key's budget would be overrun         402
    |   +-- PriceUnknownError       a caller with a budget asks for something without a price
    OperationalError
    +-- UsageSpillError         what a call costs cannot be recorded right now      503
    +-- BudgetsUnknownError     nobody can say whether the caller has a budget      503
"""

from tandem.core.errors import ClientError, OperationalError


class BudgetExceededError(ClientError):
    """The budget of the key or the user would be overrun."""

    code = "budget_exceeded"
    status = 402


class PriceUnknownError(BudgetExceededError):
    """The caller has a budget and nobody knows what this call would cost."""

    code = "price_unknown"


class UsageSpillError(OperationalError):
    """Usage can be recorded neither in PostgreSQL nor on disk, so nothing more may be spent."""

    code = "usage_not_recordable"


class BudgetsUnknownError(OperationalError):
    """Budgets have never been read by this installation and PostgreSQL is out of reach."""

    code = "budgets_unknown"
