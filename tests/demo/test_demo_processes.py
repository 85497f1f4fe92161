"""The demo's processes and its line to the agent: started, told, restarted, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agent.demo.children import Child
from agent.demo.control import Control, Pins, Told
from agent.demo.crew import Crew
from agent.demo.keyboard import keys
from agent.demo.recorder import Recorder
from agent.demo.workplace import Stored, Workplace, look_into
from agent.errors import DemoError
from agent.testing import LocalBroker


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what another process does has no event
            await asyncio.sleep(0.01)


def child(tmp_path: Path, program: str, *, heard: bool = False) -> Child:
    return Child("the test", ["-c", program], log=tmp_path / "log", heard=heard)


async def test_a_child_is_heard_and_ends_when_its_input_does(tmp_path: Path) -> None:
    reading = child(tmp_path, "import sys; print('here'); sys.stdin.read()", heard=True)
    await reading.start()
    assert await reading.output.readline() == b"here\n"
    assert reading.alive
    await reading.close_input()
    assert await reading.wait() == 0


async def test_a_child_that_does_not_want_to_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.demo.children.STOP_S", 0.2)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(60)"
    stubborn = child(tmp_path, deaf, heard=True)
    await stubborn.start()
    await stubborn.output.readline()
    await stubborn.stop()
    assert not stubborn.alive
    await stubborn.stop()  # a second time does no harm


async def test_the_last_words_of_a_child_are_its_reason(tmp_path: Path) -> None:
    failing = child(tmp_path, "import sys; print('first'); sys.exit('no camera 7: plug it in')")
    await failing.start()
    assert await failing.wait() == 1
    assert failing.last_words() == "no camera 7: plug it in"


async def test_a_silent_child_gave_no_reason(tmp_path: Path) -> None:
    quiet = child(tmp_path, "")
    await quiet.start()
    await quiet.wait()
    assert quiet.last_words() == "it gave no reason"


async def test_what_was_not_started_cannot_be_waited_for(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="the test was not started"):
        await child(tmp_path, "").wait()


def test_nothing_outlives_a_demo_that_is_killed(tmp_path: Path) -> None:
    demo = f"""if True:
        import asyncio, os, pathlib
        from agent.demo.children import Child
        from agent.demo.ties import tie
        from agent.testing import LocalBroker
        async def main():
            folder = pathlib.Path({str(tmp_path)!r})
            child = Child("c", ["-c", "import time; time.sleep(60)"], log=folder / "log")
            await child.start()
            broker = LocalBroker(folder=folder / "broker", before_exec=tie())
            await asyncio.to_thread(broker.start)
            print(child.pid, broker.pid, flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())"""
    with subprocess.Popen([sys.executable, "-c", demo], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        pids = [int(pid) for pid in run.stdout.readline().split()]
        run.kill()
    assert len(pids) == 2
    asyncio.run(until(lambda: not any(lives(pid) for pid in pids)))


def lives(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has fetched yet does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


@pytest.fixture
async def crew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Crew]:
    """A crew whose members are made by each test; they end with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("agent.demo.crew.RESTART_S", 0.0)
    with Workplace() as place:
        made = Crew(place, camera=False, note=lambda _text: None)
        yield made
        await made.stop()


async def test_a_killed_agent_comes_back(crew: Crew, tmp_path: Path) -> None:
    crew.agent = child(tmp_path, "import time; time.sleep(60)")
    await crew.start()
    first = crew.agent.pid
    assert first is not None
    os.kill(first, 9)
    await until(lambda: crew.agent.pid != first)
    assert (crew.kills, crew.failure) == (1, None)


async def test_an_agent_that_cannot_run_ends_the_demo_with_its_reason(
    crew: Crew, tmp_path: Path
) -> None:
    crew.agent = child(tmp_path, "import sys; sys.exit('the store is gone')")
    await crew.start()
    await until(lambda: crew.failure is not None)
    assert str(crew.failure) == "the agent does not run: the store is gone"


async def test_a_camera_process_that_cannot_run_is_done_without(crew: Crew, tmp_path: Path) -> None:
    said: list[str] = []
    crew.camera, crew._note = True, said.append
    crew.agent = child(tmp_path, "import time; time.sleep(60)")
    crew.vision = Child("v", ["-c", "import sys; sys.exit('no model')"], log=tmp_path / "vision")
    await crew.start()
    await until(lambda: not crew.camera)
    assert said == ["no camera: no model"]
    assert crew.failure is None


async def test_orders_go_to_the_agent_and_what_it_sees_comes_back(tmp_path: Path) -> None:
    pins, lines, gone = list[Pins](), list[str](), list[bool]()
    told = Told(pins=pins.append, vision=lines.append, gone=lambda: gone.append(True))
    control = Control(tmp_path / "till.sock", told)
    await control.start()
    control.tap("nobody hears this")
    reader, writer = await asyncio.open_unix_connection(tmp_path / "till.sock")
    await until(lambda: control.connected)
    for order in (control.press, control.release, control.tap, control.arm):
        order("x")
    orders = [json.loads(await reader.readline()) for _ in range(4)]
    assert [o["do"] for o in orders] == ["press", "release", "tap", "arm"]
    writer.write(b'{"say": "pins", "listening": true, "lit": false, "thanks": 3}\n')
    writer.write(b'{"say": "vision", "line": "{}"}\n')
    await until(lambda: bool(lines))
    assert pins == [Pins(listening=True, thanks=3)]
    writer.close()
    await until(lambda: gone == [True])
    await control.stop()


async def test_the_terminal_is_as_before_when_the_keys_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    typed: list[str] = []
    with os.fdopen(slave, "r") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        with contextlib.suppress(ArithmeticError), keys(typed.append):
            os.write(master, b"1k")
            await until(lambda: len(typed) == 2)
            raise ArithmeticError
        assert typed == ["1", "k"]
        assert termios.tcgetattr(slave) == before
    os.close(master)


def test_a_recorder_writes_one_line_a_message_at_once(tmp_path: Path, broker: LocalBroker) -> None:
    path = tmp_path / "out.jsonl"
    with path.open("w", encoding="utf-8") as file:
        recorder = Recorder(file)
        recorder.start(broker.port)
        assert recorder.subscribed.wait(10)
        topic = "smilepost/v1/a/b/c/status"
        recorder._client.publish(topic, '{"state": "online", "wo": "Zürich"}', qos=1, retain=True)
        recorder._client.publish(topic, b"", qos=1, retain=True)
        recorder._client.publish("elsewhere", b"{}", qos=1)
        recorder.stop()
        first, second = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(first) == {
        "topic": topic,
        "payload": {"state": "online", "wo": "Zürich"},
        "qos": 1,
        "retain": True,
    }
    assert json.loads(second)["payload"] is None


def test_a_store_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert look_into(tmp_path / "outbox.db") == Stored()
