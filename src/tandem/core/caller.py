"""Who a request is for."""

from typing import Annotated

from fastapi import Depends, Header

from tandem.core.errors import InvalidInputError
from tandem.core.identity import DEFAULT_USER, user_name


async def user_of(
    user: Annotated[
        str | None,
        Header(alias="X-User-ID", description="Whose data to use; counts only while authentication is off."),
    ] = None,
) -> str:
    """Return the user of the request, ``default`` unless a header names one; raises InvalidInputError."""
    if user is None:
        return DEFAULT_USER
    try:
        return user_name(user)
    except InvalidInputError as error:
        raise InvalidInputError(f"X-User-ID: {error.message}") from error


UserDep = Annotated[str, Depends(user_of)]
