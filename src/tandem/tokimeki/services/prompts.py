"""How a conversation becomes a request to a model."""

from collections.abc import Sequence
from typing import Final

from tandem.ai.messages import Message
from tandem.tokimeki.schemas.chat import USED_TURNS, Turn

SYSTEM: Final = (
    "You are the assistant of a stock market and language model workbench. Answer briefly and plainly, in the language of"
    " the question. You have no market data of your own: never state a price, return or other figure of a security"
    " unless it stands in the conversation, and say so when you are asked for one."
)


def conversation(history: Sequence[Turn], message: str) -> tuple[Message, ...]:
    """Return our system message, the last turns and the new message.

    Only we speak as the system: a turn of a client that claims to is sent as the user's words. A history that already
    ends with the message itself is not repeated.
    """
    turns = [turn for turn in history[-USED_TURNS:] if turn.content.strip()]
    if turns and turns[-1].role == "user" and turns[-1].content.strip() == message:
        turns = turns[:-1]
    earlier = [Message("assistant" if turn.role == "assistant" else "user", turn.content) for turn in turns]
    return (Message("system", SYSTEM), *earlier, Message("user", message))
