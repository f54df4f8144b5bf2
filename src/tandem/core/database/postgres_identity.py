"""As whom PostgreSQL runs: it refuses root, and files of the clone may be readable by root alone.

A normal user runs it as himself. Root tries, from the least power to the most:

1. `nobody` without any capability, where the programs and the data can be reached so;
2. `nobody` holding CAP_DAC_READ_SEARCH: passes directories that are closed to others, writes nothing new;
3. `nobody` holding CAP_DAC_OVERRIDE, in containers whose root lacks the former;
4. a user namespace in which root is called `nobody` (files stay root's), where root may not change its user.

Each is tried in a forked child before anything is written, so no directory's mode or owner has to change.
"""

import os
import pwd
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tandem.core.database import postgres_capabilities as kernel
from tandem.core.errors import EmbeddedDatabaseError

_TO_SWITCH = {
    kernel.CAP_CHOWN,
    kernel.CAP_DAC_OVERRIDE,
    kernel.CAP_KILL,
    kernel.CAP_SETGID,
    kernel.CAP_SETUID,
}


@dataclass(frozen=True)
class Identity:
    """A way of running the server: who owns its files, under which name it sees its clients."""

    kind: Literal["self", "switch", "namespace"]
    uid: int
    gid: int
    client_name: str
    inner: tuple[int, int] = (0, 0)
    keep: int | None = None

    def assume(self) -> None:
        """Become it; to be called in a forked child, from which there is no way back."""
        if self.kind == "switch":
            kernel.switch_user(self.uid, self.gid, self.keep)
        elif self.kind == "namespace":
            kernel.enter_user_namespace(*self.inner)

    def describe(self) -> str:
        """Say it in a few words for the log."""
        if self.kind == "switch":
            power = {
                kernel.CAP_DAC_READ_SEARCH: "CAP_DAC_READ_SEARCH",
                kernel.CAP_DAC_OVERRIDE: "CAP_DAC_OVERRIDE",
            }
            return f"uid {self.uid} with {power[self.keep] if self.keep is not None else 'no capability'}"
        return f"uid {self.uid}" if self.kind == "self" else f"uid {self.uid} in its own user namespace"


def identities(owner: int | None) -> Iterator[Identity]:
    """Yield the ways of running the server on data of ``owner`` (None: not made yet), best first."""
    for identity in _as_root() if os.geteuid() == 0 else _as_user():
        if owner is None or owner == identity.uid:
            yield identity


def first_that_works(owner: int | None, check: Callable[[Identity], str | None]) -> Identity:
    """Return the first identity for which ``check`` finds no fault; raises EmbeddedDatabaseError with all."""
    faults = []
    for identity in identities(owner):
        fault = check(identity)
        if fault is None:
            return identity
        faults.append(f"{identity.describe()}: {fault}")
    if owner is not None and not faults:
        raise EmbeddedDatabaseError(
            f"The embedded database's files belong to {owner_name(owner)}, who cannot run it for this user.",
            remedy=f"Run as {owner_name(owner)}, choose another TANDEM_HOME, or set DATABASE_URL.",
        )
    raise EmbeddedDatabaseError(
        "PostgreSQL cannot be run by this user here. Tried: "
        + ("; ".join(faults) or "nothing was possible")
        + ".",
        remedy="Run as a normal user who owns TANDEM_HOME and may read the installation, or set DATABASE_URL.",
    )


def reaches(identity: Identity, readable: list[Path], writable: list[Path]) -> str | None:
    """Return what ``identity`` cannot reach, or None; asked of the kernel in a forked child.

    ``readable`` are read and run (or searched), ``writable`` also written.
    """
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(send, _first_fault(identity, readable, writable).encode(errors="replace")[:1000])
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as answers:
        answer = answers.read().decode(errors="replace")
    os.waitpid(child, 0)
    return None if answer == "ok" else answer or "the attempt ended without an answer"


def _first_fault(identity: Identity, readable: list[Path], writable: list[Path]) -> str:
    try:
        identity.assume()
    except OSError as error:
        return str(error)
    wanted = [(path, os.R_OK | os.X_OK) for path in readable]
    wanted += [(path, os.R_OK | os.W_OK | os.X_OK) for path in writable]
    refused = (str(path) for path, mode in wanted if not os.access(path, mode))
    first = next(refused, None)
    return "ok" if first is None else f"no access to {first}"


def _as_root() -> Iterator[Identity]:
    nobody = _nobody()
    held = kernel.held_capabilities()
    if nobody is not None and (not kernel.ON_LINUX or held >= _TO_SWITCH):
        powers: list[int | None] = [None]
        if kernel.CAP_SETPCAP in held:
            powers += [
                power for power in (kernel.CAP_DAC_READ_SEARCH, kernel.CAP_DAC_OVERRIDE) if power in held
            ]
        for power in powers:
            yield Identity("switch", nobody.pw_uid, nobody.pw_gid, _name_of(0) or "root", keep=power)
    yield from _in_namespace(nobody)


def _as_user() -> Iterator[Identity]:
    name = _name_of(os.geteuid())
    if name is not None:
        yield Identity("self", os.geteuid(), os.getegid(), name)
    else:
        # initdb insists on a name for its user; a container's arbitrary uid has none, a namespace lends one.
        yield from _in_namespace(_nobody())


def _in_namespace(nobody: pwd.struct_passwd | None) -> Iterator[Identity]:
    if kernel.ON_LINUX and nobody is not None:
        inner = (nobody.pw_uid, nobody.pw_gid)
        yield Identity("namespace", os.geteuid(), os.getegid(), nobody.pw_name, inner=inner)


def _nobody() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return None


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def owner_name(uid: int) -> str:
    """Return the login name of ``uid`` for messages, or its number."""
    return _name_of(uid) or f"uid {uid}"
