"""System calls that a camera's process has no business with, by their numbers. Pure.

Sources: Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. What
is newer than 423 has the same number on every processor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_X86 = {
    # Into other processes, and what they share.
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312,
    "add_key": 248, "request_key": 249, "keyctl": 250, "shmget": 29, "shmat": 30, "msgget": 68,
    "semget": 64, "mq_open": 240,
    # What is more than a process like this one needs of the kernel.
    "userfaultfd": 323, "bpf": 321, "perf_event_open": 298, "fanotify_init": 300, "unshare": 272,
    "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
    "init_module": 175, "finit_module": 313, "delete_module": 176, "kexec_load": 246,
    "kexec_file_load": 320, "reboot": 169, "swapon": 167, "swapoff": 168, "quotactl": 179,
    "open_by_handle_at": 304,
    # A file's attributes, mode, owner and times can tell something, too.
    "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
    "fremovexattr": 199, "fchmod": 91, "fchmodat": 268, "fchown": 93, "fchownat": 260,
    "utimensat": 280,
    # Nobody is to come to it.
    "bind": 49, "listen": 50, "accept": 43, "accept4": 288,
}  # fmt: skip
_X86_ALONE = (90, 92, 94, 132, 235, 261)
"""chmod, chown, lchown, utime, utimes, futimesat."""
_ARM = {
    "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272,
    "add_key": 217, "request_key": 218, "keyctl": 219, "shmget": 194, "shmat": 196, "msgget": 186,
    "semget": 190, "mq_open": 180,
    "userfaultfd": 282, "bpf": 280, "perf_event_open": 241, "fanotify_init": 262, "unshare": 97,
    "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
    "init_module": 105, "finit_module": 273, "delete_module": 106, "kexec_load": 104,
    "kexec_file_load": 294, "reboot": 142, "swapon": 224, "swapoff": 225, "quotactl": 60,
    "open_by_handle_at": 265,
    "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15,
    "fremovexattr": 16, "fchmod": 52, "fchmodat": 53, "fchown": 55, "fchownat": 54,
    "utimensat": 88,
    "bind": 200, "listen": 201, "accept": 202, "accept4": 242,
}  # fmt: skip
_ANYWHERE = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432,
    "fspick": 433, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442,
    "quotactl_fd": 443, "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
    "open_tree_attr": 467, "file_setattr": 469,
}  # fmt: skip
_CLONE3 = 435


@dataclass(frozen=True, slots=True)
class Processor:
    """The numbers of one kind of processor."""

    architecture: int
    """AUDIT_ARCH_..."""
    socket: int
    clone: int
    named: Mapping[str, int]
    alone: tuple[int, ...]
    """Older calls that this one still has."""
    execute: tuple[int, int]
    """execve, execveat."""
    sends: tuple[tuple[int, int], ...]
    """sendto, sendmsg and sendmmsg, and which of their arguments holds the flags, from 0."""
    clone3: int = _CLONE3

    @property
    def refused(self) -> tuple[int, ...]:
        """Calls that are refused whatever their arguments."""
        return (*self.named.values(), *self.alone)


PROCESSORS = {
    "x86_64": Processor(
        0xC000003E,
        socket=41,
        clone=56,
        named=_X86 | _ANYWHERE,
        alone=_X86_ALONE,
        execute=(59, 322),
        sends=((44, 3), (46, 2), (307, 3)),
    ),
    "aarch64": Processor(
        0xC00000B7,
        socket=198,
        clone=220,
        named=_ARM | _ANYWHERE,
        alone=(),
        execute=(221, 281),
        sends=((206, 3), (211, 2), (269, 3)),
    ),
}
"""By what uname calls it."""
