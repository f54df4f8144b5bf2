"""The categories that a client works with."""

from collections.abc import Callable

from tandem.core import annotations
from tandem.core.database.events import ChangeEvent
from tandem.core.errors import OperationalError
from tandem.pomodoro.repositories.user_repository import UserRepository
from tandem.pomodoro.services.wording import category_names


class CategoryService:
    """Remembers categories per user; without any configured, the ones of the settings hold."""

    def __init__(
        self, repository: UserRepository, defaults: tuple[str, ...], changed: Callable[[ChangeEvent], None]
    ) -> None:
        """Keep them in ``repository``; ``defaults`` come from the settings, ``changed`` is told of each change."""
        self._changed = changed
        self._repository = repository
        self._defaults = list(defaults)

    async def of(self, user: str) -> list[str]:
        """Return the user's categories; the defaults also while the database is out of reach."""
        try:
            return await self._repository.categories(user) or self._defaults
        except OperationalError:
            annotations.do_not_keep()
            return self._defaults

    async def configure(self, user: str, categories: list[str]) -> list[str]:
        """Replace the user's categories and return what is kept: each once, without blanks around it.

        Raises InvalidInputError for a blank one, DatabaseUnavailableError.
        """
        names = category_names(categories)
        version = await self._repository.set_categories(user, names)
        self._changed(ChangeEvent(user, version, ()))
        return names
