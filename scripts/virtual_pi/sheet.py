"""Writes docs/power-cuts.md from the results' JSON, so that no figure is typed by hand. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]

_HEAD = """\
# Power cuts

<!-- Made by `scripts/virtual-pi sheet` from the results' JSON. Do not edit: run it again. -->

An answer that was acknowledged must survive the plug being pulled. This is tried on a whole
virtual Raspberry Pi: an emulated arm64 machine with Debian, systemd and the real units, installed
by `scripts/install`, whose buttons and lights are lines of the kernel's GPIO controller.
"""

_HOW = """\
## What is done

1. The guest boots; its agent tells the broker, Mosquitto on the host, of its start.
2. In every other cut the guest's network cable is pulled: an outage.
3. The host presses the buttons at random, as electrical edges on the GPIO lines, and watches the
   lights' lines. A press is *acknowledged* when the light comes on with the beep of a kept answer;
   the beep tells a steady light's first moment from the pulse of a slow write.
4. QEMU is killed (SIGKILL) at a random moment; half of the cuts fall within 0.2 s of a press.
   The store's disk is opened with `cache=none`: what the guest's kernel had not written is gone
   with its memory.
5. The disk is read as it was left: journal replayed, log recovered by SQLite, every row listed.
6. The guest boots again and publishes what it still holds; that boot is also the next cut's run.

Every row has to be of a press, by its key and its time, and every acknowledgement has to have a
row of its own from before it, in the store after the cut and at the broker by the end of the next
boot; else an answer is *lost*. So is every number missing in the store. On a crowded host the
emulated processor may sleep through a press that is let go and followed by another: it leaves no
row and gets no light, and is counted as *never seen*.

Deliveries of a key the consumer already has are *duplicates*; at least once is the promise, and
the key makes it exactly once.
"""

_CONTROL = """\
## The control run

The same bench, the same commit, one word changed in the installed store: `synchronous = FULL` is
`NORMAL`, so a commit no longer waits for the disk. It must lose answers; otherwise the bench could
not have seen a loss above.
"""

_SHOWN = """\
## What else the guest shows

Units under a real systemd, their sandboxes probed in the units themselves, the camera the
kernel's `vivid` test driver. Before the probes everybody may open camera and pins as far as file
modes go: what is refused then is refused by the sandbox.
"""

_LIMITS = """\
## What this does not show

- The emulated disk keeps what it said it has written. A real SD card may lie about a flush, or
  tear the page it is writing; then the last answers can be gone all the same, or the store be
  damaged. A damaged store is set aside at the next start, and the centre sees what is missing: a
  new epoch begins, and `device.started` names the last sequence the device remembers.
- The kill takes the machine's memory and leaves its disk at the last request that was finished.
  Voltage that sinks slowly, and what a card's controller does meanwhile, are not emulated.
- The root file system is written to a scratch copy and is new at every boot: the cut hits the
  store's own file system (ext4, default options), not Debian's.
- While the power is cut the camera process does not run, and Debian's own chores (timers, logins)
  are switched off: an emulated processor has no time for them.
- The GPIO controller is the board's PL061 with eight lines, not a Pi's; gpiozero and lgpio are
  the ones a Pi 4B runs. Times on an emulated processor are not a Pi's.
"""

_AGAIN = """\
## Run it again

```
scripts/virtual-pi powercut {cuts} --json cuts.json
scripts/virtual-pi powercut {control} --synchronous normal --json control.json
scripts/virtual-pi checks --json checks.json
scripts/virtual-pi sheet cuts.json control.json checks.json > docs/power-cuts.md
```

The first run builds the guest (root, the network, some ten minutes); afterwards it is cached under
`.cache/virtual-pi`, by the packages and by the commit (`rm -r .cache/virtual-pi` frees the room).
Where something is missing the command says what, and ends with 3. Needed:

```
apt install {packages}
```
"""


def sheet(cuts: Document, control: Document, checks: Document, *, packages: Sequence[str]) -> str:
    """Return the sheet's text."""
    parts = (
        _HEAD,
        "## Result\n",
        _result(cuts, control),
        _HOW,
        _CONTROL,
        _shown(checks),
        _LIMITS,
        _AGAIN.format(
            cuts=len(cuts["cuts"]), control=len(control["cuts"]), packages=" ".join(packages)
        ),
    )
    return "\n".join(parts)


def _result(cuts: Document, control: Document) -> str:
    rows = (
        ("power cuts", _count),
        ("of them in an outage", lambda d: sum(not cut["online"] for cut in d["cuts"])),
        ("of them right behind a press", lambda d: sum(cut["aimed"] for cut in d["cuts"])),
        ("presses", _total("presses")),
        ("acknowledged by the light", _total("acknowledged")),
        ("found in the store after the cut", _total("stored")),
        ("at the broker by the end of the next boot", _total("delivered")),
        ("**lost**", lambda d: f"**{d['total']['lost']}**"),
        ("duplicates, known by their key", _total("duplicates")),
        ("kept although the light had not come yet", _total("unacknowledged_kept")),
        ("presses the emulated processor never saw", _total("unseen")),
        ("ratings nobody pressed for", _total("invented")),
        ("keys used twice", lambda d: len(d["reused_keys"])),
        ("stores that failed SQLite's integrity check", _unsound),
        ("minutes", lambda d: round(d["seconds"] / 60)),
    )
    lines = ["| | `synchronous=FULL` (as shipped) | control, `NORMAL` |", "|---|---|---|"]
    lines += [f"| {name} | {of(cuts)} | {of(control)} |" for name, of in rows]
    source = f"Commit `{cuts['revision'][:12]}`, {cuts['emulator'].split(' (')[0]}, TCG."
    return "\n".join((*lines, "", source, ""))


def _count(document: Document) -> int:
    return len(document["cuts"])


def _total(name: str) -> Any:
    return lambda document: document["total"][name]


def _unsound(document: Document) -> int:
    return sum(not cut["sound"] for cut in document["cuts"])


def _shown(checks: Document) -> str:
    lines = [_SHOWN, "| promise | kept | seen |", "|---|---|---|"]
    lines += [
        f"| {c['promise']} | {'yes' if c['kept'] else '**no**'} | {_cell(c['fact'])} |"
        for c in checks["checks"]
    ]
    return "\n".join((*lines, ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
