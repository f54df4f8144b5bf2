"""The categories that a client works with."""

from tandem.core.errors import OperationalError
from tandem.pomodoro.repositories.user_repository import UserRepository


class CategoryService:
    """Remembers categories per user; without any configured, the ones of the settings hold."""

    def __init__(self, repository: UserRepository, defaults: tuple[str, ...]) -> None:
        """Keep them in ``repository``; ``defaults`` come from the settings."""
        self._repository = repository
        self._defaults = list(defaults)

    async def of(self, user: str) -> list[str]:
        """Return the user's categories; the defaults also while the database is out of reach."""
        try:
            return await self._repository.categories(user) or self._defaults
        except OperationalError:
            return self._defaults

    async def configure(self, user: str, categories: list[str]) -> None:
        """Replace the user's categories; raises DatabaseUnavailableError."""
        await self._repository.set_categories(user, categories)
