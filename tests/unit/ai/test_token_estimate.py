"""How near the estimate is to what a real tokenizer counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.ai import token_estimate
from tandem.ai.messages import Message
from unit.ai.policies.scripted import asked

REAL = [
    (("It was a bright cold day, and the clocks were striking thirteen. Please explain how compound interest works, "
     "and give me an example with numbers that a child would understand."), 34),
    (('def total(rows: list[Row]) -> int:\n    """Return the sum of all amounts."""\n'
     "    return sum(row.amount for row in rows if row.amount is not None)\n"), 41),
    (("Dnes je velmi hezky, pojďme se projít do parku. Vysvětlete mi prosím, jak funguje složené úročení, a uveďte "
     "příklad s čísly, kterému porozumí i dítě."), 82),
    (("Heute ist das Wetter sehr schön, lass uns im Park spazieren gehen. Bitte erkläre mir, wie der Zinseszins "
     "funktioniert, und gib ein Beispiel mit Zahlen."), 56),
    (('[{"id": 1, "name": "item 1", "price": 1.37, "tags": ["a", "b"]}, '
     '{"id": 2, "name": "item 2", "price": 2.74, "tags": []}]'), 62),
    ("7919 31676 71271 126704 197975 285084 388031 506816 641439 791900 958199 1140336 1338311", 88),
    ("今天天气很好，我们一起去公园散步吧。请解释一下复利是如何运作的，并举一个孩子也能理解的数字例子。", 77),
    ("今日はとても天気がいいので、一緒に公園を散歩しましょう。複利の仕組みを説明してください。", 78),
    ("오늘은 날씨가 아주 좋으니 함께 공원에서 산책합시다. 복리가 어떻게 작동하는지 설명해 주세요.", 113),
    (("Сегодня очень хорошая погода, давайте погуляем в парке. Объясните, пожалуйста, как работают сложные "
     "проценты."), 88),
    ("الطقس جميل جدا اليوم، دعونا نتمشى في الحديقة. من فضلك اشرح كيف تعمل الفائدة المركبة.", 80),
    ("आज मौसम बहुत अच्छा है, चलो पार्क में टहलते हैं। कृपया समझाएं कि चक्रवृद्धि ब्याज कैसे काम करता है।", 114),
    ("วันนี้อากาศดีมาก ไปเดินเล่นที่สวนสาธารณะกันเถอะ กรุณาอธิบายว่าดอกเบี้ยทบต้นทำงานอย่างไร", 159),
    ("😀🎉🚀🔥👍🏽👩‍💻🇨🇿", 32),
]  # fmt: skip
"""Texts with the counts of SmolLM2's tokenizer, whose vocabulary is small and English: about the worst case."""


@pytest.mark.parametrize(("text", "real"), REAL)
def test_the_stated_margin_holds(text: str, real: int):
    """Whatever the language, the estimate is neither below half of the count nor far above it."""
    estimate = token_estimate.of_text(text)
    assert real <= token_estimate.MARGIN * estimate
    assert estimate <= 1.25 * real


@pytest.mark.parametrize(("text", "real"), REAL[:2])
def test_english_and_code_are_near(text: str, real: int):
    """Within 15 %."""
    assert abs(token_estimate.of_text(text) - real) <= 0.15 * real


@given(st.text())
def test_any_text_has_an_estimate(text: str):
    """Lone surrogates included; at least one token for one character, none for none, never more than bytes."""
    estimate = token_estimate.of_text(text)
    assert (estimate == 0) == (text == "")
    assert estimate <= max(1, len(text.encode("utf-8", "surrogatepass")))
    assert token_estimate.of_text(text + "\ud800") >= 1


def test_all_of_a_prompt_counts():
    """Turns, their marks, content parts, tool calls, tools."""
    short = token_estimate.of_request(asked("Hello"))
    assert token_estimate.of_request(asked("Hello " * 100)) > short + 100
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert token_estimate.of_request(asked("Hello", options={"tools": tools, "seed": 1})) > short + 10
    parts = Message(
        "user", [{"type": "text", "text": "Hello"}, {"type": "image_url", "image_url": {"url": "x"}}]
    )
    assert token_estimate.of_messages([parts]) > 1_000
    calls = Message("assistant", None, {"tool_calls": [{"id": "1", "function": {"name": "f"}}]})
    assert token_estimate.of_messages([calls]) > token_estimate.of_messages([Message("assistant", None)])


def test_an_uncounted_call_is_marked_as_estimated():
    """Prompt and what the model wrote."""
    usage = token_estimate.of_call(asked("Hello"), "Hello to you")
    assert usage.estimated
    assert usage.prompt > 0
    assert usage.completion == token_estimate.of_text("Hello to you")
