"""What the workload signal says to people."""

from tandem.core.i18n import Translator
from tandem.pomodoro.models.burnout_factors import Measure
from tandem.pomodoro.schemas.burnout import BurnoutFactorKey


def scope(text: Translator) -> str:
    """Say what is measured and what cannot be seen."""
    return text(
        "This is a workload-change signal: it compares your sessions of the last 14 days with your own usual weeks. "
        "It sees when and how much you work and how you rate it; it cannot see your health, sleep, stress or "
        "life outside the timer. It is not a diagnosis."
    )


def name(factor: BurnoutFactorKey, text: Translator) -> str:
    """Name a sign."""
    return {
        "declining_productivity": text("Falling ratings"),
        "overwork": text("Higher load than usual"),
        "night_sessions": text("Work at night"),
        "weekend_work": text("Work at weekends"),
        "variability": text("Scattered ratings"),
        "continuous_days": text("Many days without a day off"),
    }[factor]


def message(measure: Measure, text: Translator) -> str:
    """Say what was measured, and what is usual where that is known."""
    value, usual = measure.value, measure.usual
    match measure.factor:
        case "declining_productivity":
            said = text(
                "Your ratings of the last 7 days are {percent} % lower than before.", percent=round(value)
            )
        case "overwork":
            said = text(
                "In the last 7 days you completed {percent} % more sessions a day than is usual for you.",
                percent=round(100 * (value - 1)),
            )
        case "night_sessions":
            said = text(
                "{percent} % of your sessions began after 21:00 or before 5:00.", percent=round(value)
            )
            said += _compared(usual, text)
        case "weekend_work":
            said = text("{percent} % of your sessions were on Saturday or Sunday.", percent=round(value))
            said += _compared(usual, text)
        case "variability":
            said = text.count(
                "Your ratings scatter by {n} point around their mean.",
                "Your ratings scatter by {n} points around their mean.",
                round(value),
            )
            if usual is not None:
                points = round(usual)
                said += " " + text.count("Usual for you: {n} point.", "Usual for you: {n} points.", points)
        case "continuous_days":
            days = round(value)
            said = text.count(
                "You worked {n} day without a day off.", "You worked {n} days without a day off.", days
            )
    return said


def advice(factor: BurnoutFactorKey, text: Translator) -> str:
    """Suggest one thing that lowers the load; never one that raises it."""
    return {
        "declining_productivity": text(
            "Plan fewer or shorter sessions for a few days and see whether it helps."
        ),
        "overwork": text("Try to come back to your usual number of sessions, or plan a lighter day."),
        "night_sessions": text("If you can, move work from the night to the day and end the day earlier."),
        "weekend_work": text("Try to keep at least one day of the weekend free of work."),
        "variability": text("Look at which sessions you rate low and leave out or shorten those you can."),
        "continuous_days": text("Take a day off."),
    }[factor]


def encouragement(text: Translator) -> str:
    """Say that nothing stands out."""
    return text("Your load looks as usual. Keep your breaks and days off.")


def _compared(usual: float | None, text: Translator) -> str:
    return "" if usual is None else " " + text("Usual for you: {percent} %.", percent=round(usual))
