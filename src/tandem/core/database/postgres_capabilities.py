"""The four Linux system calls that decide as whom a child process runs.

They are called between fork and exec, so everything here is short, allocates little and raises OSError.
Figures are those of <linux/prctl.h>, <linux/capability.h> and <linux/sched.h>.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 0, 1, 2
CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP = 5, 6, 7, 8

ON_LINUX = sys.platform.startswith("linux")

_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 1, 28, 38, 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CLONE_NEWUSER = 0x10000000
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _checked(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _prctl(option: int, first: int, second: int, what: str) -> None:
    words = [ctypes.c_ulong(word) for word in (first, second, 0, 0)]
    _checked(_libc.prctl(ctypes.c_int(option), *words), what)


def held_capabilities() -> frozenset[int]:
    """Return the numbers of the capabilities that this process may use now (none outside Linux)."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    mask = next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)
    return frozenset(number for number in range(mask.bit_length()) if mask >> number & 1)


def switch_user(uid: int, gid: int, keep: int | None) -> None:
    """Become ``uid``/``gid`` for good, holding the one capability ``keep`` or none, across exec too.

    The secure bit is what makes access(2) honour the capability: without it the kernel answers that call
    as if a user other than root never had any, and PostgreSQL asks by it whether its own file can be run.
    """
    if keep is not None:
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, "PR_SET_SECUREBITS")
    os.setgroups([])
    os.setregid(gid, gid)
    os.setreuid(uid, uid)
    if keep is not None:
        _hold_only(keep)
    if ON_LINUX:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, "PR_SET_NO_NEW_PRIVS")


def _hold_only(capability: int) -> None:
    bit = 1 << capability
    sets = (_Sets * 2)()
    sets[0] = _Sets(bit, bit, bit)
    _checked(_libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), sets), "capset")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, "PR_CAP_AMBIENT_RAISE")


def enter_user_namespace(inner_uid: int, inner_gid: int) -> None:
    """Appear as ``inner_uid``/``inner_gid`` in an own user namespace, staying oneself for the file system."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _checked(_libc.unshare(ctypes.c_int(_CLONE_NEWUSER)), "unshare(CLONE_NEWUSER)")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inner_uid} {outer_uid} 1"),
        ("gid_map", f"{inner_gid} {outer_gid} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def die_with_parent(number: signal.Signals, parent: int) -> None:
    """Ask the kernel to send ``number`` to this process when ``parent`` ends (Linux; elsewhere nothing).

    Must come after any change of user, which clears the request.
    """
    if not ON_LINUX:
        return
    _prctl(_PR_SET_PDEATHSIG, int(number), 0, "PR_SET_PDEATHSIG")
    if os.getppid() != parent:
        # It ended before the request was made, so the signal would never come.
        os.kill(os.getpid(), signal.SIGKILL)
