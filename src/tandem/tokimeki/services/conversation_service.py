"""Conversations that are kept."""

from dataclasses import dataclass
from uuid import UUID

from tandem.core.clock import Clock
from tandem.core.errors import NotFoundError
from tandem.tokimeki.repositories.conversation_repository import (
    ConversationRepository,
    StoredHead,
    StoredTurn,
)
from tandem.tokimeki.schemas.chat import (
    ChatAnswer,
    Conversation,
    ConversationCreate,
    ConversationHead,
    ConversationMessage,
    ConversationPage,
    Turn,
)

MOST_TURNS = 1_000
"""How many of the newest turns are shown."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Where a conversation stands; ``model`` is the key it was begun with, None for the default one."""

    model: str | None
    turns: list[Turn]


class ConversationService:
    """Creates, lists, continues and deletes; everything is the user's own."""

    def __init__(self, repository: ConversationRepository, clock: Clock) -> None:
        """Keep conversations in ``repository``."""
        self._repository = repository
        self._clock = clock

    async def create(self, user: str, wanted: ConversationCreate) -> ConversationHead:
        """Begin a conversation."""
        return _head(await self._repository.create(user, wanted.title, wanted.model, self._clock.now()))

    async def page(self, user: str, limit: int) -> ConversationPage:
        """Return the user's conversations, the last used first."""
        return ConversationPage(
            conversations=[_head(head) for head in await self._repository.find(user, limit)]
        )

    async def get(self, user: str, conversation: UUID) -> Conversation:
        """Return a conversation with its turns; raises NotFoundError."""
        head = await self._repository.head(user, conversation)
        if head is None:
            raise NotFoundError("there is no such conversation")
        turns = await self._repository.turns(conversation, MOST_TURNS)
        return Conversation(
            **_head(head).model_dump(),
            turns=[
                ConversationMessage(
                    role=turn.role, content=turn.content, model=turn.model, provider=turn.provider,
                    created_at=turn.created_at,
                )
                for turn in turns
            ],
        )  # fmt: skip

    async def recent(self, user: str, conversation: UUID, turns: int) -> Recent:
        """Return where a conversation stands: its newest turns, oldest first; raises NotFoundError."""
        head = await self._repository.head(user, conversation)
        if head is None:
            raise NotFoundError("there is no such conversation")
        kept = await self._repository.turns(conversation, turns)
        return Recent(head.model, [Turn(role=turn.role, content=turn.content) for turn in kept])

    async def append(self, user: str, conversation: UUID, message: str, answer: ChatAnswer) -> bool:
        """Keep what was said and answered; False if the conversation was deleted meanwhile: it stays deleted."""
        now = self._clock.now()
        usage = answer.usage.model_dump() if answer.usage else None
        turns = [
            StoredTurn("user", message, None, None, None, now),
            StoredTurn("assistant", answer.response, answer.model, answer.provider, usage, now),
        ]
        return await self._repository.append(user, conversation, turns, now)

    async def delete(self, user: str, conversation: UUID) -> None:
        """Delete a conversation; raises NotFoundError."""
        if not await self._repository.delete(user, conversation):
            raise NotFoundError("there is no such conversation")


def _head(stored: StoredHead) -> ConversationHead:
    return ConversationHead(
        id=stored.id, title=stored.title, model=stored.model, created_at=stored.created_at,
        updated_at=stored.updated_at, messages=stored.messages,
    )  # fmt: skip
