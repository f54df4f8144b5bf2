"""Who a request is for."""

from typing import Annotated

from fastapi import Depends, Header, Request

from tandem.core import annotations
from tandem.core.auth.scopes import IDENTITY, Identity
from tandem.core.errors import InvalidInputError
from tandem.core.identity import DEFAULT_USER, user_name


async def user_of(
    request: Request,
    user: Annotated[
        str | None,
        Header(
            alias="X-User-ID",
            description="Whose data to use; counts while authentication is off, and from an admin key.",
        ),
    ] = None,
) -> str:
    """Return the user of the request: the key's, or the one whom the header names; raises InvalidInputError.

    The header counts only while authentication is off or with an admin key. Another key's caller is told that it was ignored.
    """
    identity: Identity | None = request.scope.get(IDENTITY)
    if user is None:
        return DEFAULT_USER if identity is None else identity.user
    if identity is not None and identity.scope != "admin":
        if user != identity.user:
            annotations.ignored("X-User-ID")
        return identity.user
    try:
        return user_name(user)
    except InvalidInputError as error:
        raise InvalidInputError(f"X-User-ID: {error.message}") from error


def visible_to(request: Request) -> str | None:
    """Return the one user whose calls the caller may see; None for all: with an admin key, and while authentication is off."""
    identity: Identity | None = request.scope.get(IDENTITY)
    return None if identity is None or identity.scope == "admin" else identity.user


def key_of(request: Request) -> str | None:
    """Return the id of the key that the caller showed, None while authentication is off."""
    identity: Identity | None = request.scope.get(IDENTITY)
    return None if identity is None else identity.key


UserDep = Annotated[str, Depends(user_of)]
