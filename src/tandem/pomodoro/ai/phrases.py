"""Counted things in the reader's language, whole phrases that fit after a colon or as an object."""

from tandem.core.i18n import Translator


class Phrases:
    """Says figures in one language."""

    def __init__(self, text: Translator) -> None:
        """Speak the language of ``text``."""
        self.text = text

    def sessions(self, n: int) -> str:
        """Such as "3 bloky"."""
        return self.text.count("{n} session", "{n} sessions", n)

    def days(self, n: int) -> str:
        """Such as "5 dní"."""
        return self.text.count("{n} day", "{n} days", n)

    def number(self, value: float, decimals: int = 1) -> str:
        """Return a decimal number, without a needless fraction."""
        shown = f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"
        return shown.replace(".", ",") if self.text.language == "cs" else shown

    def percent(self, value: float) -> str:
        """Such as "78 %"."""
        return f"{round(value)} %"

    def duration(self, minutes: int) -> str:
        """Such as "2 h 30 min"."""
        hours, rest = divmod(max(0, minutes), 60)
        if not hours:
            return f"{rest} min"
        return f"{hours} h {rest} min" if rest else f"{hours} h"

    def between(self, low: int, high: int) -> str:
        """A range of sessions, such as "3–6 bloků"."""
        if low == high:
            return self.sessions(low)
        return self.text.count("{low}–{n} session", "{low}–{n} sessions", high, low=low)

    def names(self, names: list[str]) -> str:
        """Several names as one, with "and" before the last."""
        if len(names) < 2:
            return "".join(names)
        return self.text("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])

    def on_weekday(self, number: int) -> str:
        """Name a weekday with its preposition, such as "ve středu"."""
        return {
            0: self.text("on Monday"), 1: self.text("on Tuesday"), 2: self.text("on Wednesday"), 3: self.text("on Thursday"),
            4: self.text("on Friday"), 5: self.text("on Saturday"), 6: self.text("on Sunday"),
        }[number]  # fmt: skip


def hour(number: int) -> str:
    """Such as "9:00"."""
    return f"{number}:00"
