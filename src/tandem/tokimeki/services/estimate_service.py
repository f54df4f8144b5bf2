"""The cost of a message before it is sent."""

from tandem.ai import token_estimate
from tandem.ai.catalog import Catalog
from tandem.ai.messages import TokenUsage
from tandem.ai.pricing import PriceTable
from tandem.tokimeki.schemas.chat import USED_TURNS, ChatAsk, Estimate
from tandem.tokimeki.services.conversation_service import ConversationService
from tandem.tokimeki.services.prompts import conversation


class EstimateService:
    """Counts tokens by estimate and prices them by the table; asks nobody."""

    def __init__(self, catalog: Catalog, prices: PriceTable, conversations: ConversationService) -> None:
        """Route by ``catalog``, price by ``prices``; earlier turns come from ``conversations``."""
        self._catalog = catalog
        self._prices = prices
        self._conversations = conversations

    async def estimate(self, user: str, ask: ChatAsk) -> Estimate:
        """Return what the message would cost at most; raises InvalidInputError for an unknown model, NotFoundError."""
        key, history = ask.model or self._catalog.default_model, ask.history
        if ask.conversation_id is not None:
            kept = await self._conversations.recent(user, ask.conversation_id, USED_TURNS)
            history, key = kept.turns, ask.model or kept.model or key
        route = self._catalog.route(key)
        prompt = token_estimate.of_messages(conversation(history, ask.message))
        cost = self._prices.cost(
            route.provider, route.model, TokenUsage(prompt, ask.max_tokens, estimated=True)
        )
        return Estimate(
            model=key, provider=route.provider, prompt_tokens=prompt, max_completion_tokens=ask.max_tokens,
            cost_micro_usd=cost, prices_as_of=self._prices.as_of,
        )  # fmt: skip
