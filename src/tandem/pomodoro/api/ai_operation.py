"""The model behind the AI answers, and what is kept of them."""

from fastapi import APIRouter

from tandem.core.caller import UserDep
from tandem.core.problems import responses
from tandem.pomodoro.dependencies import CallerDep, ContextDep, FactoryDep
from tandem.pomodoro.schemas.ai_operation import AICacheStatus, AIHealth, AIInvalidated, AnalyzerHealth

router = APIRouter(prefix="/api/ai", tags=["ai"])


@router.get("/health", summary="Can a language model be asked")
async def health(context: ContextDep) -> AIHealth:
    """Look at the provider without a call that costs money; always 200."""
    return AIHealth(**await context.ai_health.look())


@router.get("/v2/health", summary="Can a language model be asked, and what is kept")
async def analyzer_health(context: ContextDep, factory: FactoryDep, user: UserDep) -> AnalyzerHealth:
    """Look at the provider and at the kept answers; always 200."""
    look = await context.ai_health.look()
    kept = await factory.ai_cache.status_or_nothing(user)
    cloud = context.ai_health.url if look["ai_provider"] not in {"ollama", "rules"} else ""
    return AnalyzerHealth(**look, cache_status=kept, cloud_api_url=cloud or None)


@router.get("/cache-status", summary="Kept AI answers", responses=responses(503))
async def cache_status(factory: FactoryDep, user: UserDep) -> AICacheStatus:
    """List what models wrote for this user."""
    return await factory.ai_cache.status(user)


@router.post("/invalidate-cache", summary="Have AI answers written anew", responses=responses(503))
async def invalidate_cache(factory: FactoryDep, caller: CallerDep) -> AIInvalidated:
    """Make this user's kept answers unusable; a body is not read, and rows of the old services stay."""
    count = await factory.ai_cache.invalidate(caller.user)
    told = caller.text.count(
        "{n} kept answer was made unusable.", "{n} kept answers were made unusable.", count
    )
    return AIInvalidated(invalidated_count=count, message=told)
