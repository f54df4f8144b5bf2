"""The companies that the service knows by name."""

import re
from typing import Final

SYMBOLS: Final[dict[str, dict[str, str]]] = {
    "Technology": {
        "AAPL": "Apple Inc.", "MSFT": "Microsoft Corporation", "GOOGL": "Alphabet Inc.", "AMZN": "Amazon.com Inc.",
        "TSLA": "Tesla Inc.", "NVDA": "NVIDIA Corporation", "META": "Meta Platforms Inc.", "NFLX": "Netflix Inc.",
        "AMD": "Advanced Micro Devices", "INTC": "Intel Corporation", "ORCL": "Oracle Corporation",
        "CRM": "Salesforce Inc.", "ADBE": "Adobe Inc.", "PYPL": "PayPal Holdings", "ZM": "Zoom Video Communications",
    },
    "Finance": {
        "V": "Visa Inc.", "MA": "Mastercard Inc.", "JPM": "JPMorgan Chase", "BAC": "Bank of America",
        "WFC": "Wells Fargo",
    },
    "Consumer": {
        "KO": "Coca-Cola", "PEP": "PepsiCo", "MCD": "McDonald's", "SBUX": "Starbucks", "WMT": "Walmart",
        "TGT": "Target", "HD": "Home Depot",
    },
    "Entertainment": {"DIS": "Disney", "WBD": "Warner Bros. Discovery", "SONY": "Sony", "SPOT": "Spotify"},
    "Transportation": {"UBER": "Uber", "LYFT": "Lyft", "ABNB": "Airbnb"},
}  # fmt: skip
"""By category: symbol to company name."""

NAMES: Final[dict[str, str]] = {
    symbol: name for group in SYMBOLS.values() for symbol, name in group.items()
} | {"IBM": "International Business Machines"}

# Words of a question that mean a company. Where a word is also an everyday one (target, visa, zoom, meta, intel),
# it counts only when it is written as a name or ticker, or stands beside a word about stocks; see question.py.
_SPOKEN: Final[dict[str, str]] = {
    "apple": "AAPL", "microsoft": "MSFT", "google": "GOOGL", "goog": "GOOGL", "alphabet": "GOOGL", "amazon": "AMZN", "tesla": "TSLA",
    "nvidia": "NVDA", "meta": "META", "facebook": "META", "fb": "META", "netflix": "NFLX", "intel": "INTC", "oracle": "ORCL",
    "salesforce": "CRM", "adobe": "ADBE", "paypal": "PYPL", "visa": "V", "mastercard": "MA", "jpmorgan": "JPM",
    "bank of america": "BAC", "wells fargo": "WFC", "coca-cola": "KO", "coca cola": "KO", "pepsi": "PEP",
    "pepsico": "PEP", "mcdonalds": "MCD", "mcdonald's": "MCD", "starbucks": "SBUX", "walmart": "WMT", "target": "TGT",
    "home depot": "HD", "disney": "DIS", "warner": "WBD", "sony": "SONY", "spotify": "SPOT", "uber": "UBER",
    "lyft": "LYFT", "airbnb": "ABNB", "zoom": "ZM", "ibm": "IBM",
}  # fmt: skip

EVERYDAY: Final = frozenset(
    {"target", "visa", "zoom", "meta", "intel", "oracle", "apple", "amazon", "alphabet", "warner"}
)
"""Company words that also mean something else in lower case."""

_IN_CAPITALS: Final = frozenset({"SPOT", *(symbol for symbol in NAMES if len(symbol) <= 2)})
_ANYHOW: Final = {symbol.lower(): symbol for symbol in NAMES if symbol not in _IN_CAPITALS}

_NAMES_PATTERN: Final = re.compile(
    r"(?<![\w-])("
    + "|".join(re.escape(word) for word in sorted(_SPOKEN, key=len, reverse=True))
    + r")(?:'s|’s)?(?![\w-])",
    re.IGNORECASE,
)
_LETTERS: Final = re.compile(r"[a-z]+")
_TELLING: Final = frozenset(
    {_LETTERS.findall(word)[0] for word in _SPOKEN} | {symbol.lower() for symbol in NAMES}
)
"""A text that holds none of these as a word names no company; most texts are done with here."""
_WORD: Final = re.compile(r"(?<![\w-])\$?([A-Za-z]{1,5})(?![\w-])")


def mentioned(text: str) -> list[tuple[str, str]]:
    """Return (word as written, symbol) of all companies named in ``text``, in the order of the text.

    Whole words only: "pineapple" is not Apple, "metadata" not Meta. A ticker that is a word too ("v", "ma", "spot")
    counts only in capitals.
    """
    if _TELLING.isdisjoint(_LETTERS.findall(text.lower())):
        return []
    found = [
        (match.start(), match.group(1), _SPOKEN[match.group(1).lower()])
        for match in _NAMES_PATTERN.finditer(text)
    ]
    taken = {start for start, _, _ in found}
    for match in _WORD.finditer(text):
        word = match.group(1)
        symbol = word if word in _IN_CAPITALS else _ANYHOW.get(word.lower())
        if symbol is not None and match.start(1) not in taken:
            found.append((match.start(1), word, symbol))
    return [(word, symbol) for _, word, symbol in sorted(found)]
