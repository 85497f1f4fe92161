"""The loop around the cuts with a guest that is played, and the sheet made of its results."""

from __future__ import annotations

import importlib
import os
import random
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any, Self

import pytest

cuts: Any = importlib.import_module("virtual_pi.cuts")
centre_module: Any = importlib.import_module("virtual_pi.centre")
checks: Any = importlib.import_module("virtual_pi.checks")
command: Any = importlib.import_module("virtual_pi.command")
errors: Any = importlib.import_module("virtual_pi.errors")
ledger: Any = importlib.import_module("virtual_pi.ledger")
probe: Any = importlib.import_module("virtual_pi.probe")
sheet: Any = importlib.import_module("virtual_pi.sheet")
store: Any = importlib.import_module("virtual_pi.store")
wiring: Any = importlib.import_module("virtual_pi.wiring")


# -- a guest that is played -----------------------------------------------------------------------


class PlayedCentre:
    """A broker's memory that the played guest writes to."""

    def __init__(self) -> None:
        self.received = centre_module.Received()


class PlayedGuest:
    """Acknowledges every press at once; its disk forgets what `forgets` says."""

    def __init__(self, centre: PlayedCentre, *, forgets: bool = False) -> None:
        self.centre = centre
        self.forgets = forgets
        self.boots = 0
        self.monitor = self
        self.disk: list[Any] = []
        self.unsent: list[Any] = []
        self.online = True
        self.masked: tuple[str, ...] = ()

    def __call__(self, *_: object, masked: tuple[str, ...], **__: object) -> Self:
        self.masked = masked
        return self

    async def __aenter__(self) -> Self:
        self.boots += 1
        self.changes: list[Any] = []
        self.online = True
        for rating in self.unsent:
            self.deliver(rating)
        self.unsent = []
        self.centre.received.boots.append(f"boot-{self.boots}")
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def plug(self, *, network: bool) -> None:
        self.online = network

    async def set_line(self, line: int, *, high: bool) -> None:
        if not high:
            self.answer(next(key for key, at in wiring.BUTTONS.items() if at == line))

    def answer(self, key: str) -> None:
        now_s = time.monotonic()
        rating = ledger.Rating(f"id-{len(self.disk)}", f"boot-{self.boots}", key, now_s + 77)
        self.disk.append(rating)
        if self.online:
            self.deliver(rating)
        else:
            self.unsent.append(rating)
        self.changes += [
            wiring.Change(0, on=True, at_s=now_s),
            wiring.Change(4, on=True, at_s=now_s),
        ]

    def deliver(self, rating: Any) -> None:
        self.centre.received.ratings[rating] += 1
        self.centre.received.deliveries[rating.event_id] += 1

    async def cut(self) -> None:
        if self.forgets:
            self.unsent, self.disk = [], []

    def read(self, _image: Path) -> Any:
        return store.Found(tuple(self.disk), frozenset(r.event_id for r in self.unsent))


async def run_cuts(monkeypatch: pytest.MonkeyPatch, guest: PlayedGuest, number: int) -> Any:
    monkeypatch.setattr(cuts, "Machine", guest)
    monkeypatch.setattr(cuts, "read_disk", guest.read)
    monkeypatch.setattr(cuts, "PRESSING_S", (0.3, 0.4))
    monkeypatch.setattr(cuts, "PAUSE_S", (0.001, 0.01))
    monkeypatch.setattr(cuts, "AIMED_S", 0.01)

    async def ready(self: Any) -> str:
        boots = self._centre.received.boots
        assert boots
        return str(boots[-1])

    monkeypatch.setattr(cuts.PowerCuts, "_ready", ready)
    told: list[int] = []
    image = type("Image", (), {"boot": None})()
    disks = type("Disks", (), {"store": Path("store.img")})()
    bench = cuts.PowerCuts(
        image, disks, centre=guest.centre, logs=Path(), rng=random.Random(7), say=lambda _text: None
    )
    await bench.run(number, on_cut=lambda result: told.append(len(result.cuts)))
    assert told == list(range(1, number + 1))
    return bench.result


async def test_a_guest_that_keeps_everything_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guest = PlayedGuest(PlayedCentre())
    result = await run_cuts(monkeypatch, guest, 4)

    assert guest.boots == 5
    assert result.total.presses == result.total.acknowledged > 0
    assert result.total.lost == result.total.invented == result.memory_only == 0
    assert [cut.online for cut in result.cuts] == [True, False, True, False]
    evidence = result.cuts[1].evidence
    assert len(evidence.presses) == len(evidence.acknowledged) == len(evidence.delivered)


async def test_a_guest_that_forgets_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    result = await run_cuts(monkeypatch, PlayedGuest(PlayedCentre(), forgets=True), 2)

    assert result.total.lost == result.total.acknowledged > 0


async def test_only_the_agent_starts_while_the_power_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guest = PlayedGuest(PlayedCentre())
    await run_cuts(monkeypatch, guest, 1)

    assert guest.masked == ("smilepost-vision.service",)


# -- the centre's memory --------------------------------------------------------------------------


def event(kind: str, number: int, **data: object) -> dict[str, Any]:
    return {
        "id": f"/bench/desk/virtual-pi/e/{number}", "type": f"smilepost.{kind}.v1",
        "boot": "b1", "monotonic": "2500", "data": data,
    }  # fmt: skip


def test_every_delivery_is_counted_by_its_key() -> None:
    received = centre_module.Received()
    for message in (
        event("device.started", 1),
        event("rating.given", 2, key="bad"),
        event("rating.given", 2, key="bad"),
        event("device.fault", 3, part="store", state="raised", fact="disk full"),
        event("device.fault", 4, part="camera", state="raised", fact="no pictures"),
    ):
        received.take(message)

    rating = ledger.Rating("/bench/desk/virtual-pi/e/2", "b1", "bad", 2.5)
    assert received.of_boot("b1") == {rating: 2}
    assert received.of_boot("b2") == {}
    assert received.boots == ["b1"]
    assert received.faults == ["raised: disk full"]
    assert received.deliveries == Counter({f"/bench/desk/virtual-pi/e/{n}": c for n, c in
                                           ((1, 1), (2, 2), (3, 1), (4, 1))})  # fmt: skip


# -- units ----------------------------------------------------------------------------------------

QUIET = {
    "ActiveState": "inactive", "Result": "success", "NRestarts": "0", "ExecMainStatus": "0",
}  # fmt: skip


def test_a_camera_that_is_off_and_leaves_a_quiet_unit_passes() -> None:
    assert checks.off_check(QUIET, refused="").kept


@pytest.mark.parametrize(
    "trouble",
    [
        {"ActiveState": "activating"}, {"ActiveState": "failed"}, {"Result": "protocol"},
        {"NRestarts": "1"}, {"ExecMainStatus": "3"},
    ],
)  # fmt: skip
def test_a_camera_that_is_off_and_troubles_systemd_is_told(trouble: dict[str, str]) -> None:
    assert not checks.off_check(QUIET | trouble, refused="").kept


def test_a_start_that_systemd_refused_is_told_in_its_words() -> None:
    check = checks.off_check(QUIET, refused="Job for smilepost-vision.service failed")

    assert not check.kept
    assert check.fact == "Job for smilepost-vision.service failed"


# -- sandboxes ------------------------------------------------------------------------------------

SEALED = {
    "AF_UNIX": "ok", "AF_INET": "no", "AF_INET6": "no", "AF_PACKET": "no", "camera": "ok",
    "pins": "no", "interfaces": ["lo"], "writable": [], "AF_NETLINK": "no", "UDP": "no",
    "devices": [], "readable": [], "init": "no",
}  # fmt: skip


def test_a_sealed_camera_process_passes() -> None:
    assert all(check.kept for check in checks.vision_checks(SEALED))


@pytest.mark.parametrize(
    "hole",
    [
        {"AF_INET": "ok"}, {"AF_INET6": "ok"}, {"AF_PACKET": "ok"}, {"writable": ["/tmp"]},  # noqa: S108
        {"interfaces": ["eth0", "lo"]}, {"camera": "no"}, {"pins": "ok"}, {"AF_NETLINK": "ok"},
        {"UDP": "ok"}, {"devices": ["/dev/vda"]}, {"readable": ["/var/lib/smilepost"]},
        {"init": "ok"},
    ],
)  # fmt: skip
def test_every_hole_in_the_camera_process_is_told(hole: dict[str, object]) -> None:
    assert [check.kept for check in checks.vision_checks(SEALED | hole)].count(False) == 1


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ({}, True),
        ({"camera": "ok"}, False),
        ({"pins": "no"}, False),
        ({"writable": ["/var/lib/smilepost", "/etc"]}, False),
        ({"writable": []}, False),
    ],
)
def test_the_agent_has_its_pins_and_its_store_and_no_camera(
    found: dict[str, object],
    kept: bool,  # noqa: FBT001
) -> None:
    good = {
        "pins": "ok", "AF_INET": "ok", "camera": "no",
        "writable": ["/run/smilepost", "/var/lib/smilepost"],
    }  # fmt: skip

    assert all(check.kept for check in checks.agent_checks(good | found)) is kept


def test_the_probe_finds_where_it_may_write(tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    found = list(probe.folders(str(tmp_path), depth=1))

    assert found == [str(tmp_path), str(tmp_path / "deep")]
    assert probe.outcome(probe.write_file(str(tmp_path))) == "ok"
    assert list(tmp_path.iterdir()) == [tmp_path / "deep"]


def test_the_probe_finds_what_it_may_open_and_look_into(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "outbox.db").touch()
    places = [str(tmp_path / "full"), str(tmp_path / "full" / "outbox.db"), str(tmp_path / "no")]
    assert probe.readable(places) == places[:1]
    assert probe.devices([str(tmp_path / "*.db"), "/dev/nul*"]) == ["/dev/null"]
    assert probe.outcome(probe.signals(os.getpid())) == "ok"


def test_the_probe_says_why_something_is_forbidden(tmp_path: Path) -> None:
    assert probe.outcome(probe.write_file(str(tmp_path / "absent"))) == "No such file or directory"
    assert probe.outcome(probe.open_device(str(tmp_path / "video0"))) == "No such file or directory"


def test_the_probe_reads_the_kernels_table_of_interfaces() -> None:
    table = """Inter-|   Receive                      |  Transmit
 face |bytes    packets errs drop fifo |bytes    packets errs drop fifo
  eth0:     12       1    0    0    0       12       1    0    0    0
    lo:      0       0    0    0    0        0       0    0    0    0
"""

    assert probe.interfaces(table) == ["eth0", "lo"]


# -- the sheet ------------------------------------------------------------------------------------


def a_cut(verdict: Any) -> Any:
    return cuts.Cut(
        number=1, online=True, aimed=False, boot_s=33.0, sound=True, verdict=verdict,
        evidence=cuts.Evidence((), (), (), ()),
    )  # fmt: skip


def result_of(lost: int) -> dict[str, Any]:
    verdict = ledger.Verdict(presses=9, acknowledged=8, stored=8 - lost, delivered=8, lost=lost)
    result = cuts.Result([a_cut(verdict)])
    facts = {"revision": "0123456789abcdef", "emulator": "QEMU emulator version 7.2.22 (Debian)"}
    document: dict[str, Any] = facts | {"seconds": 600} | result.as_json()
    return document


def test_the_sheet_tells_both_runs_and_every_check() -> None:
    shown = {"checks": [{"promise": "it starts", "kept": False, "fact": "a|b\nc"}]}
    text = sheet.sheet(result_of(0), result_of(5), shown, packages=["one", "two"])

    assert re.search(r"\| \*\*lost\*\* \| \*\*0\*\* \| \*\*5\*\* \|", text)
    assert "| it starts | **no** | a\\|b c |" in text
    assert "apt install one two" in text
    assert "`0123456789ab`" in text


@pytest.mark.parametrize(("lost", "code"), [(0, 0), (3, 1)])
def test_a_loss_is_the_exit_code(lost: int, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = ledger.Verdict(presses=9, acknowledged=8, lost=lost)
    result = cuts.Result([a_cut(verdict)])

    assert command._tell(result) == code
    assert f"{lost} lost" in capsys.readouterr().out


def test_a_machine_without_qemu_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(_programs: object) -> None:
        raise errors.MissingToolError("qemu-system-aarch64 not found: apt install qemu-system-arm")

    monkeypatch.setattr(command, "require", nothing)
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)

    assert command.main(["powercut", "1"]) == 3
    assert "apt install qemu-system-arm" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["powercut", "0"], ["powercut"], ["fly"], []])
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 2
