"""Fixed days in questions: taken literally, whole words only, no number mistaken for a year."""

import datetime as dt

import pytest

from tandem.tokimeki.markets.question import understood
from tandem.tokimeki.markets.spans import Between, Recent
from tandem.tokimeki.markets.spoken_dates import spoken_dates

TODAY = dt.date(2026, 11, 27)
NAMED = {
    "How did Apple shares do in 2012?": ("2012-01-01", "2012-12-31"),
    "Apple stock 2012?": ("2012-01-01", "2012-12-31"),
    "from March to May 2012": ("2012-03-01", "2012-05-31"),
    "between Mar 5 and Apr 7, 2012": ("2012-03-05", "2012-04-07"),
    "between November 2011 and Feb. 2012": ("2011-11-01", "2012-02-29"),
    "since 2010-05-01": ("2010-05-01", "2026-11-27"),
    "since May 2010": ("2010-05-01", "2026-11-27"),
    "after 2010": ("2011-01-01", "2026-11-27"),
    "before 2005": ("1900-01-01", "2004-12-31"),
    "until June 2005": ("1900-01-01", "2005-06-30"),
    "on 3 May 2012": ("2012-05-03", "2012-05-03"),
    "on May 3rd, 2012": ("2012-05-03", "2012-05-03"),
    "on the 3rd of May 2012": ("2012-05-03", "2012-05-03"),
    "on 2012-05-03": ("2012-05-03", "2012-05-03"),
    "in 2012-05": ("2012-05-01", "2012-05-31"),
    "in Q2 2011": ("2011-04-01", "2011-06-30"),
    "in the first quarter of 2012": ("2012-01-01", "2012-03-31"),
    "during the last quarter of the year 2012": ("2012-10-01", "2012-12-31"),
    "in the 2nd half of 2011": ("2011-07-01", "2011-12-31"),
    "over the last half of 2011": ("2011-07-01", "2011-12-31"),
    "from the first quarter of 2011 to the second quarter of 2012": ("2011-01-01", "2012-06-30"),
    "in the last week of 2012": ("2012-12-25", "2012-12-31"),
    "the first two weeks of 2012": ("2012-01-01", "2012-01-14"),
    "on the last day of May 2012": ("2012-05-31", "2012-05-31"),
    "over the final 10 trading days of the year 2012": ("2012-12-22", "2012-12-31"),
    "during the first three months of 2012": ("2012-01-01", "2012-03-31"),
    "in the last month of the first half of 2012": ("2012-06-01", "2012-06-30"),
    "Apple stock, last 3 months of 2012": ("2012-10-01", "2012-12-31"),
    "the last 500 days of 2012": ("2012-01-01", "2012-12-31"),
    "the last 20 months of 2012": ("2012-01-01", "2012-12-31"),
    "in the last zero days of 2012": ("2012-01-01", "2012-12-31"),
    "from Q1 to Q3 2011": ("2011-01-01", "2011-09-30"),
    "2010-2012": ("2010-01-01", "2012-12-31"),
    "from 2010-05-01 to 2010-06-15": ("2010-05-01", "2010-06-15"),
    "in the year 2008": ("2008-01-01", "2008-12-31"),
    "during February 2012": ("2012-02-01", "2012-02-29"),
    "on 5/3/2012": ("2012-05-03", "2012-05-03"),
    "on 25/3/2012": ("2012-03-25", "2012-03-25"),
    "on 2012/05/03": ("2012-05-03", "2012-05-03"),
    "Apple stock 05/03/2012": ("2012-05-03", "2012-05-03"),
    "from 5/3/2012 to 6/15/2012": ("2012-05-03", "2012-06-15"),
    "since 12/31/2012": ("2012-12-31", "2026-11-27"),
    "on 5/3/2012 stock price of Apple": ("2012-05-03", "2012-05-03"),
    "what did on May 3, 2012 shares of Apple cost": ("2012-05-03", "2012-05-03"),
    "Apple's 2012 performance": ("2012-01-01", "2012-12-31"),
    "the 2012 stock price of Apple": ("2012-01-01", "2012-12-31"),
    "the May 2012 trend of Apple shares": ("2012-05-01", "2012-05-31"),
}
NOT_NAMED = (
    "Apple shares may march on", "the price of 2000 shares", "price of 2000 stock options", "is $2012 a fair price", "for 2000 dollars", "2,012 points",
    "on 2012-02-31", "in the third half of 2012", "the last 5 days", "in May", "call 555-2012-9", "on 31/2/2012", "on 13/13/2012", "a ratio of 1/2000", "3/4/05/2012",
)  # fmt: skip


@pytest.mark.parametrize(("text", "days"), NAMED.items())
def test_days_that_are_named(text, days):
    """Both ends are included; an open end is today."""
    assert spoken_dates(text, TODAY) == Between(*map(dt.date.fromisoformat, days))


@pytest.mark.parametrize("text", NOT_NAMED)
def test_what_names_no_days(text):
    """Verbs, amounts, days that no calendar has, and months without a year."""
    assert spoken_dates(text, TODAY) is None


def test_a_question_about_fixed_days():
    """They go before a relative period, and make a question of an analysis."""
    question = understood("Analyze Apple in 2012 over the last 5 days", TODAY)
    assert question is not None
    assert question.span == Between(dt.date(2012, 1, 1), dt.date(2012, 12, 31))
    assert understood("How did Apple stock do in the last 5 days?", TODAY).span == Recent(5)
    assert understood("Who founded Apple in 1976?", TODAY) is None


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("", Recent(7)), ("today", Recent(1)), ("over the past fifteen days", Recent(15)), ("last fortnight", Recent(14)),
        ("past half year", Recent(182)), ("over the last 5 years", Recent(1825)), ("past 2,000 days", Recent(2000)),
        ("in the last decade", Recent(3650)), ("past 99999 days", Recent(36_525)), ("past 0 days", Recent(7)),
        ("ytd", Recent(366, this_year=True)), ("so far this year", Recent(366, this_year=True)),
        ("year to date", Recent(366, this_year=True)),
    ],
)  # fmt: skip
def test_the_asked_period_is_answered(asked, span):
    """However long it is and however it is written; seven days without one."""
    question = understood(f"Apple stock price {asked}", TODAY)
    assert question is not None
    assert question.span == span
