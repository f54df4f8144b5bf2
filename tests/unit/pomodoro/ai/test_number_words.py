"""Numbers are found however they are written, and everyday words are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.pomodoro.ai.number_words import first_number

CZECH = (
    "jeden", "jedna", "jednoho", "jednou", "první", "dva", "dvě", "dvou", "dvěma", "dvakrát", "dvojnásobek", "druhý", "oba", "obou",
    "tři", "tří", "třem", "třemi", "třikrát", "třetí", "třetina", "čtyři", "čtyřech", "čtvrtý", "čtvrtina", "čtvrt", "pět", "pěti",
    "pětkrát", "pátý", "pátou", "šest", "šesti", "sedm", "osmi", "devíti", "deset", "desítky", "jedenáct", "dvanácti", "patnáct",
    "dvacet", "pětadvaceti", "třiatřicet", "padesáti", "šedesát", "devadesáti", "sto", "stovky", "stoprocentně", "tisíc", "milion",
    "půl", "polovina", "napůl", "půlhodina", "tucet", "procent", "procenta", "nula", "poprvé", "jednodenní", "dvouhodinový", "třídenní",
    "TŘI", "Pět", "pet", "sest", "tri", "ctyri", "dvacet", "ctvrtina", "deseti",
)  # fmt: skip
ENGLISH = (
    "zero", "none", "one", "once", "single", "first", "two", "twice", "second", "both", "double", "three", "third", "thrice", "four",
    "fourteen", "forty", "five", "fifth", "fifty", "sixteen", "seventh", "eighty", "ninety", "ten", "tenfold", "eleven", "twelve",
    "twelfth", "thirty", "twenty-five", "twentyfive", "dozen", "dozens", "hundred", "thousands", "half", "halves", "halved", "quarter",
    "percent", "percentage", "per cent", "couple", "pair", "fortnight", "o'clock", "THREE", "Twice",
)  # fmt: skip
SIGNS = (
    "5",
    "78",
    "3,5",
    "²",
    "½",
    "④",
    "Ⅷ",
    "٣",
    "３",
    "三",
    "%",
    "‰",
    "II",
    "IV",
    "VII",
    "XII",
    "LXXV",
    "iii",
    "xiv",
    "X",
)
NOTHING = (
    "no sessions",
    "without any breaks",
    "žádný blok",
    "žádné bloky",
    "ani jeden",
    "no single streak",
)

CZECH_FINE = (
    "Ve čtvrtek a v pátek se soustřeďte na těžší úkoly, jednoduché nechte na středu.",
    "Ten druh práce vám sedí; třída tříští pozornost, tričko ne.",
    "V pondělí a I když prší, stojí to za to. Začněte hned ráno.",
    "Jednotlivé kategorie se vyvíjejí jednoznačně dobře, osobně i odborně.",
    "Sestava, petice, Petr, pult a puls nejsou čísla, ani oběd nebo prvek.",
    "Aktualizujte CV a CI, potom si odpočiňte.",
)
ENGLISH_FINE = (
    "Keep your usual rhythm and take every break; someone did well often.",
    "Attention is fortunate, the phone is honest, components weigh more.",
    "I think the network of notes is a mix of work and learning.",
    "Update your CV and the CI pipeline on Thursday.",
)


@pytest.mark.parametrize("word", [*CZECH, *SIGNS, *NOTHING, *(word for word in ENGLISH if word != "ten")])
def test_a_number_in_a_czech_text_is_found(word: str):
    assert first_number(f"Dnes to bude {word} podle plánu.", "cs"), word


@pytest.mark.parametrize("word", [*ENGLISH, *SIGNS, *NOTHING, *CZECH[: CZECH.index("TŘI")]])
def test_a_number_in_an_english_text_is_found(word: str):
    assert first_number(f"Today it is {word} as planned.", "en"), word


@pytest.mark.parametrize("text", CZECH_FINE)
def test_everyday_czech_is_left_alone(text: str):
    assert first_number(text, "cs") is None


@pytest.mark.parametrize("text", ENGLISH_FINE)
def test_everyday_english_is_left_alone(text: str):
    assert first_number(text, "en") is None


@given(
    st.integers(0, 10**9),
    st.sampled_from(["cs", "en"]),
    st.sampled_from(["{}", "{}x", "x{}", "({})", "{}%", "a{}b"]),
)
def test_digits_are_found_wherever_they_stand(number: int, language: str, shape: str):
    assert first_number(f"word {shape.format(number)} word", language)


@given(st.characters(categories=["Nd", "Nl", "No"]))
def test_digits_of_any_script_are_found(sign: str):
    assert first_number(f"word {sign} word", "en")
