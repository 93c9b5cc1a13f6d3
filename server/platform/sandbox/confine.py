"""What a helper process may do: the limits of one document, no network, no program, few files to read.

Three layers, each of the kernel: resource limits (getrlimit(2)), Landlock (landlock(7)) for files, and seccomp(2) by
libseccomp for system calls. A layer that the machine lacks is left out and said so; the limits are always there.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 4, 38, 9

# Landlock: the numbers are the same on every architecture (include/uapi/linux/landlock.h)
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _RULE_PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""By version of the interface, how many rights over files there are to take away; later ones have no more."""
_ALL_TCP = 0b11
"""To bind and to connect, since version 4."""
_ALL_SCOPES = 0b11
"""Abstract sockets and signals of others, since version 6."""

# libseccomp (seccomp_init(3), seccomp_rule_add(3))
_REFUSE, _UNKNOWN, _ALLOW = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x7FFF0000
_MASKED_EQUAL = 7
_CLONE_THREAD = 0x00010000
_CALLS = """
    read readv pread64 write writev lseek close fstat stat lstat newfstatat statx access faccessat faccessat2
    open openat readlink readlinkat getdents64 getcwd fstatfs statfs dup mmap munmap mremap mprotect
    madvise brk futex sched_yield sched_getaffinity membarrier rt_sigaction rt_sigprocmask rt_sigreturn
    sigaltstack set_robust_list rseq restart_syscall clock_gettime clock_getres clock_nanosleep nanosleep
    gettimeofday getrandom getpid gettid getuid geteuid getgid getegid uname sysinfo poll ppoll eventfd2 exit
    exit_group
"""
"""What reading a file, computing and answering take; no socket, no process, no signal, no program."""

_FILE_COMMANDS = (fcntl.F_DUPFD, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_DUPFD_CLOEXEC)
"""Of fcntl(2): none that sends signals."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take."""

    memory: int
    """Bytes of address space."""
    cpu_seconds: int
    files: int = 48


class _RulesetAttr(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Comparison(ctypes.Structure):
    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def die_with_parent() -> None:
    """End this process when its parent ends, and never let it gain a privilege."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def hide() -> None:
    """Let no other process of the same user read this one's memory or environment (ptrace(2), proc(5))."""
    _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def limit(limits: Limits) -> None:
    """Set the resource limits of one document: nothing is written, nothing is dumped."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.files, limits.files))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close_files(readable: Iterable[Path]) -> bool:
    """Leave nothing of the file system but reading below these folders; False where the kernel has no Landlock.

    What is open already stays open. It holds for this process and all that it starts.
    """
    version = _LIBC.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1:
        return False
    handled = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    attr = _RulesetAttr(handled, _ALL_TCP if version >= 4 else 0, _ALL_SCOPES if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _LIBC.syscall(_CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        for folder in readable:
            _allow_reading(ruleset, folder)
        return bool(_LIBC.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow_reading(ruleset: int, folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        parent = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = _PathBeneathAttr(_READ_FILE | (_READ_DIR if folder.is_dir() else 0), parent)
            _LIBC.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(parent)


class Calls:
    """A filter of system calls, made once and put on each process of a document."""

    def __init__(self) -> None:
        """Raises OSError where libseccomp is missing."""
        self._lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self._lib.seccomp_init.restype = ctypes.c_void_p
        self._filter = ctypes.c_void_p(self._lib.seccomp_init(_REFUSE))
        for name in _CALLS.split():
            self._add(_ALLOW, name)
        self._add(_ALLOW, "clone", _Comparison(0, _MASKED_EQUAL, _CLONE_THREAD, _CLONE_THREAD))
        for command in _FILE_COMMANDS:
            self._add(_ALLOW, "fcntl", _Comparison(1, _MASKED_EQUAL, 0xFFFFFFFF, command))
        self._add(_UNKNOWN, "clone3")  # whose flags no filter can read; threads are then made by clone

    def _add(self, action: int, name: str, *where: _Comparison) -> None:
        number = self._lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # some calls are of one architecture alone
            comparisons = (_Comparison * len(where))(*where)
            self._lib.seccomp_rule_add_array(self._filter, action, number, len(where), comparisons)

    def close(self) -> None:
        """Let this process make no other call from now on. Raises OSError."""
        if self._lib.seccomp_load(self._filter) != 0:
            raise OSError("seccomp_load failed")
