"""The filter of system calls, run by a machine of the test's own."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.seccomp import (
    ALLOW,
    AND,
    ANY_BIT,
    ARCHITECTURE_AT,
    ARGUMENTS_AT,
    AT_LEAST,
    EQUAL,
    FAST_OPEN,
    LOAD,
    NOT_THERE,
    NUMBER_AT,
    REFUSE,
    RETURN,
    program,
)
from agent.vision.syscalls import PROCESSORS

DATAGRAM, RAW, CLOSE_ON_EXEC = 2, 3, 0o2000000
MPTCP, SCTP = 262, 132
NEW_USER, OF_A_THREAD = 0x10000000, 0x003D0F00
MOST_STEPS = 4096

machines = st.sampled_from(sorted(PROCESSORS))
both = pytest.mark.parametrize("machine", sorted(PROCESSORS))


def verdict(
    machine: str,
    number: int,
    *arguments: int,
    network: bool = False,
    programs: bool = False,
    architecture: int | None = None,
) -> int:
    """Run the filter on a call."""
    known = PROCESSORS[machine].architecture
    call = {NUMBER_AT: number, ARCHITECTURE_AT: known if architecture is None else architecture}
    call |= dict(zip(ARGUMENTS_AT, (*arguments, 0, 0, 0, 0), strict=False))
    steps, at, word = program(machine, network=network, programs=programs), 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == RETURN:
            return value
        if code == LOAD:
            word = call[value]
        elif code == AND:
            word &= value
        else:
            true = {EQUAL: word == value, AT_LEAST: word >= value, ANY_BIT: bool(word & value)}
            at += yes if true[code] else no


@given(
    machine=machines,
    network=st.booleans(),
    family=st.integers(0, 60),
    kind=st.integers(0, 15),
    protocol=st.integers(0, 300),
)
def test_sockets_are_unix_ones_and_tcp_to_a_camera_on_the_network(
    machine: str, *, network: bool, family: int, kind: int, protocol: int
) -> None:
    call = PROCESSORS[machine].socket, family, kind | CLOSE_ON_EXEC, protocol
    tcp = family in (socket.AF_INET, socket.AF_INET6) and kind == 1 and protocol in (0, 6)
    allowed = family == socket.AF_UNIX or (network and tcp)
    assert verdict(machine, *call, network=network) == (ALLOW if allowed else REFUSE)


@both
@pytest.mark.parametrize(("kind", "protocol"), [(1, MPTCP), (1, SCTP), (DATAGRAM, 0), (RAW, 1)])
def test_what_landlock_does_not_see_is_no_way_into_the_network(
    machine: str, kind: int, protocol: int
) -> None:
    number = PROCESSORS[machine].socket
    assert verdict(machine, number, socket.AF_INET, kind, protocol, network=True) == REFUSE


@both
def test_data_goes_to_nobody_before_the_connection_was_allowed(machine: str) -> None:
    for number, place in PROCESSORS[machine].sends:
        flags = [0, 0, 0, 0]
        assert verdict(machine, number, *flags, network=True) == ALLOW
        flags[place] = FAST_OPEN | 0x4000
        assert verdict(machine, number, *flags, network=True) == REFUSE


@given(machines, st.integers(0, 600))
def test_every_other_call_is_free_but_those_that_are_named(machine: str, number: int) -> None:
    processor = PROCESSORS[machine]
    refused = {*processor.refused, *processor.execute}
    expected = REFUSE if number in refused else ALLOW
    expected = NOT_THERE if number == processor.clone3 else expected
    assert verdict(machine, number, socket.AF_UNIX) == expected


@both
def test_programs_are_started_only_where_that_is_left(machine: str) -> None:
    for number in PROCESSORS[machine].execute:
        assert verdict(machine, number) == REFUSE
        assert verdict(machine, number, programs=True) == ALLOW


@both
def test_threads_are_made_and_no_namespaces(machine: str) -> None:
    clone = PROCESSORS[machine].clone
    assert verdict(machine, clone, OF_A_THREAD) == ALLOW
    assert verdict(machine, clone, NEW_USER | 17) == REFUSE


@given(machines, st.integers(0, 600))
def test_no_call_by_another_table_of_numbers_is_allowed(machine: str, number: int) -> None:
    assert verdict(machine, number, 1, architecture=0x40000003) == REFUSE
    assert verdict(machine, number + 0x40000000, 1) == REFUSE


@both
def test_the_kernel_takes_a_filter_of_this_length(machine: str) -> None:
    steps = program(machine, network=True)
    assert len(steps) < MOST_STEPS
    assert all(skip < 256 for _, yes, no, _ in steps for skip in (yes, no))
    assert steps[-1] == (RETURN, 0, 0, ALLOW)


def test_both_processors_refuse_the_same_calls() -> None:
    ours, theirs = PROCESSORS["x86_64"], PROCESSORS["aarch64"]
    assert ours.named.keys() == theirs.named.keys()
    for processor in PROCESSORS.values():
        assert len(set(processor.refused)) == len(processor.refused)
