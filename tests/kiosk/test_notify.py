"""The service manager's protocol."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from agent.notify import notify, watchdog_interval_s


def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify("READY=1")

        assert manager.recv(100) == b"READY=1"


def test_an_abstract_socket_works_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0smilepost-test-notify")
        monkeypatch.setenv("NOTIFY_SOCKET", "@smilepost-test-notify")
        notify("WATCHDOG=1")

        assert manager.recv(100) == b"WATCHDOG=1"


def test_outside_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")


def test_the_watchdog_is_fed_twice_as_often_as_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    assert watchdog_interval_s() == 15.0

    monkeypatch.delenv("WATCHDOG_USEC")
    assert watchdog_interval_s() is None
