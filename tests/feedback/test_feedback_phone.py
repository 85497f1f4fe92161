"""Going on by phone: the address, the token in it, and its QR code."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.feedback.phone import (
    MOST_URL,
    TOKEN_CHARACTERS,
    OpenTickets,
    Ticket,
    TicketError,
    check_template,
    draw_ticket,
    phone_url,
)
from agent.feedback.qr import BORDER, QrPath, qr_path, qr_svg
from agent.feedback.settings import FeedbackSettings

TEMPLATE = "https://feedback.example/{language}/go#{token}"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=48)


# -- the address --------------------------------------------------------------------------------


def test_an_address_is_filled_in() -> None:
    ticket = draw_ticket(expires=LATER)
    address = phone_url(check_template(TEMPLATE), token=ticket.token, language="pl")

    assert address == f"https://feedback.example/pl/go#{ticket.token}"


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("https://feedback.example/go", "needs {token} once"),
        ("https://feedback.example/{token}/{token}", "needs {token} once"),
        ("https://feedback.example/{tokn}", "needs {token} once"),
        ("https://feedback.example/{token}{case}", "nothing else"),
        ("https://feedback.example/{token.__class__}", "nothing else"),
        ("https://feedback.example/{token[0]}", "nothing else"),
        ("https://feedback.example/{}{token}", "nothing else"),
        ("https://feedback.example/{token!r}", "without `:` or `!`"),
        ("https://feedback.example/{token:>99999999}", "without `:` or `!`"),
        ("https://feedback.example/{token", "stray brace"),
        ("http://feedback.example/{token}", "must begin with https://"),
        ("https:///{token}", "must begin with https://"),
        ("https://{token}.example/", "must begin with https://"),
        ("javascript:{token}", "must begin with https://"),
        ("https://feedback.example/ä{token}", "plain ASCII"),
        ("https://feedback.example/a b{token}", "plain ASCII"),
        ("https://feedback.example/" + "x" * MOST_URL + "{token}", "at most 200"),
    ],
)
def test_a_wrong_template_is_refused_where_it_is_configured(template: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        FeedbackSettings(continue_url=template)


# -- the token ----------------------------------------------------------------------------------


def test_a_token_has_128_random_bits_and_is_nowhere_to_be_read() -> None:
    asked: list[int] = []

    def random(count: int) -> str:
        asked.append(count)
        return "s3cret"

    ticket = draw_ticket(expires=LATER, random=random)
    assert asked == [128 // 8]
    assert "s3cret" not in repr(ticket)
    assert ticket.digest == hashlib.sha256(b"s3cret").hexdigest()


def test_every_token_is_another() -> None:
    tickets = [draw_ticket(expires=LATER) for _ in range(100)]

    assert len({ticket.token for ticket in tickets}) == 100
    assert {len(ticket.token) for ticket in tickets} == {TOKEN_CHARACTERS}


def admitted(*tickets: Ticket, most: int = 10) -> OpenTickets:
    desk = OpenTickets(most=most)
    for ticket in tickets:
        desk.admit(ticket.digest, expires=ticket.expires)
    return desk


def test_a_ticket_is_good_once() -> None:
    desk = admitted(ticket := draw_ticket(expires=LATER))

    assert desk.redeem(ticket.token, at=NOW) == ticket.digest
    with pytest.raises(TicketError, match="used already"):
        desk.redeem(ticket.token, at=NOW)


def test_a_ticket_is_good_up_to_its_end_and_not_at_it() -> None:
    one, other = draw_ticket(expires=LATER), draw_ticket(expires=LATER)
    desk = admitted(one, other)

    assert desk.redeem(one.token, at=LATER - timedelta(microseconds=1)) == one.digest
    with pytest.raises(TicketError, match="no longer valid"):
        desk.redeem(other.token, at=LATER)
    with pytest.raises(TicketError, match="used already"):
        desk.redeem(other.token, at=NOW)


def test_an_unknown_token_and_a_digest_are_no_tickets() -> None:
    desk = admitted(ticket := draw_ticket(expires=LATER))
    for token in ("", "x" * 22, ticket.digest):
        with pytest.raises(TicketError, match="never given"):
            desk.redeem(token, at=NOW)


def test_of_too_many_tickets_the_oldest_goes() -> None:
    tickets = [draw_ticket(expires=LATER) for _ in range(4)]
    desk = admitted(*tickets, most=3)

    assert len(desk) == 3
    with pytest.raises(TicketError):
        desk.redeem(tickets[0].token, at=NOW)
    assert desk.redeem(tickets[3].token, at=NOW) == tickets[3].digest


# -- the QR code --------------------------------------------------------------------------------


def painted(code: QrPath, *, scale: int = 6) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Fill the path's rectangles, as a browser would."""
    picture = np.full((code.size, code.size), 255, dtype=np.uint8)
    for x, y, width, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", code.path):
        assert width == back
        picture[int(y), int(x) : int(x) + int(width)] = 0
    return np.kron(picture, np.ones((scale, scale), dtype=np.uint8))


def seen_by_a_phone(code: QrPath, *, scale: int = 6) -> str:
    # Where it is gets told: OpenCV's search for a code misses about one picture in a hundred.
    first, last = BORDER * scale, (code.size - BORDER) * scale - 1
    corners = [[[first, first], [last, first], [last, last], [first, last]]]
    picture = painted(code, scale=scale)
    text, _ = cv2.QRCodeDetector().decode(picture, np.array(corners, dtype=np.float32))
    return str(text)


@given(st.text("abcdefXYZ0123456789-_", min_size=22, max_size=22))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_a_phone_reads_the_address_from_the_code(token: str) -> None:
    address = phone_url(TEMPLATE, token=token, language="en")

    assert seen_by_a_phone(qr_path(address)) == address


def test_a_code_is_as_large_as_it_says_and_has_its_blank_border() -> None:
    code = qr_path("https://feedback.example/")
    picture = painted(code, scale=1)

    assert code.path == "".join(re.findall(r"M\d+ \d+h\d+v1h-\d+z", code.path))
    assert picture.shape == (code.size, code.size)
    assert (np.delete(picture, np.s_[BORDER:-BORDER], axis=0) == 255).all()
    assert (np.delete(picture, np.s_[BORDER:-BORDER], axis=1) == 255).all()


def test_the_longest_address_still_has_modules_of_half_a_millimetre_at_40_mm() -> None:
    assert qr_path("https://" + "x" * (MOST_URL - 8)).size * 0.5 <= 40


def test_the_svg_is_one_element_with_both_colours() -> None:
    address = "https://feedback.example/#<&>"
    svg = ET.fromstring(qr_svg(address))  # noqa: S314
    ground, dark = list(svg)

    assert svg.get("viewBox") == f"0 0 {qr_path(address).size} {qr_path(address).size}"
    assert ground.get("fill") == "#fff"
    assert dark.get("d") == qr_path(address).path


def test_more_than_a_code_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="Data too large"):
        qr_path("x" * 2_400)
