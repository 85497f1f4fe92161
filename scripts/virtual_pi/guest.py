"""What makes a Debian root file system this bench's guest, besides what scripts/install does.

The store lies on a disk of its own, so that the cut hits a file system nobody tidies up; the
settings come on a small third disk, so that one image serves every run; and root has a shell on
a virtual console that the host talks to.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

ROOT_LABEL = "pi-root"
STORE_LABEL = "pi-store"
SETTINGS_LABEL = "pi-settings"
STORE_FOLDER = "var/lib/smilepost"
SETTINGS_FOLDER = "etc/smilepost"
HOST_ADDRESS = "10.0.2.2"
"""The host, as a guest on QEMU's user network sees it."""

_MOUNTS = f"""\
LABEL={STORE_LABEL} /{STORE_FOLDER} ext4 defaults 0 2
LABEL={SETTINGS_LABEL} /{SETTINGS_FOLDER} ext4 ro 0 0
"""

# klibc's ipconfig comes with the initramfs tools; a network daemon would take seconds to start.
_NETWORK = f"""\
[Unit]
Description=The network cable to the host
BindsTo=sys-subsystem-net-devices-eth0.device
After=sys-subsystem-net-devices-eth0.device
Before=network.target
DefaultDependencies=no

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/klibc/bin/ipconfig -c none -d \\
    10.0.2.15::{HOST_ADDRESS}:255.255.255.0::eth0:none
"""

_SHELL = """\
[Unit]
Description=A root shell for the host
BindsTo=dev-hvc0.device
After=dev-hvc0.device

[Service]
ExecStart=/bin/sh
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/hvc0
TTYReset=yes
Environment=PS1= SYSTEMD_COLORS=0 SYSTEMD_PAGER= LC_ALL=C.UTF-8
Restart=always
"""

# Coldplugging every terminal and processor feature takes an emulated processor ten seconds.
_COLDPLUG = """\
[Service]
ExecStart=
ExecStart=-udevadm trigger --type=devices --action=add --subsystem-match=virtio \\
    --subsystem-match=block --subsystem-match=gpio --subsystem-match=net
"""

FILES: Mapping[str, str] = {
    "etc/fstab": _MOUNTS,
    "etc/hostname": "virtual-pi\n",
    "etc/modprobe.d/virtual-pi.conf": "blacklist cfg80211\n",
    "etc/systemd/journald.conf.d/virtual-pi.conf": "[Journal]\nStorage=volatile\nAudit=no\n",
    "etc/systemd/system/systemd-udev-trigger.service.d/virtual-pi.conf": _COLDPLUG,
    "etc/systemd/system/host-cable.service": _NETWORK,
    "etc/systemd/system/host-shell.service": _SHELL,
}

_STARTED = ("host-cable.service", "host-shell.service")

# An emulated processor takes half a second over each of these, and the kiosk needs none.
_MASKED_UNITS = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "dbus.service",
    "dbus.socket",
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty.target",
    "kmod-static-nodes.service",
    "modprobe@.service",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-ask-password-console.path",
    "systemd-ask-password-wall.path",
    "systemd-binfmt.service",
    "systemd-initctl.socket",
    "systemd-journal-flush.service",
    "systemd-journald-audit.socket",
    "systemd-logind.service",
    "systemd-networkd.service",
    "systemd-pstore.service",
    "systemd-random-seed.service",
    "systemd-remount-fs.service",
    "systemd-sysctl.service",
    "systemd-sysusers.service",
    "systemd-tmpfiles-clean.timer",
    "systemd-tmpfiles-setup-dev.service",
    "systemd-tmpfiles-setup.service",
    "systemd-update-utmp-runlevel.service",
    "systemd-update-utmp.service",
    "systemd-user-sessions.service",
)
_MASKED_GENERATORS = (
    "cryptsetup",
    "getty",
    "gpt-auto",
    "hibernate-resume",
    "integritysetup",
    "rc-local",
    "system-update",
    "sysv",
    "veritysetup",
)

LINKS: Mapping[str, str] = {
    **{f"etc/systemd/system/{unit}": "/dev/null" for unit in _MASKED_UNITS},
    **{
        f"etc/systemd/system-generators/systemd-{name}-generator": "/dev/null"
        for name in _MASKED_GENERATORS
    },
    **{f"etc/systemd/system/multi-user.target.wants/{unit}": f"../{unit}" for unit in _STARTED},
    "etc/systemd/system/default.target": "/lib/systemd/system/multi-user.target",
}


def write_files(root: Path) -> None:
    """Make a root file system this guest."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, target in LINKS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)
