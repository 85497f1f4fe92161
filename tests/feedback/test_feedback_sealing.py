"""A customer's words: only the centre reads them, and only where they were left."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.events.personal import MOST_CHARACTERS, Plain, Sealed
from agent.feedback.sealing import Context, chosen_seal, derive, plain, read_centre_key
from agent.feedback.settings import FeedbackSettings
from tests.feedback.keys import (
    CENTRE,
    CENTRE_KEY,
    other_kind_pem,
    private_pem,
    public_pem,
    written,
)

CONTEXT = Context("/acme/high-street/till-1", "feedback.left", "K7M2Q9XT4D", "text")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


def unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(sealed: Sealed, context: Context, *, key: X25519PrivateKey = CENTRE) -> str:
    ephemeral, facts = unbase64(sealed.ephemeral), context.encode()
    secret = key.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    own = key.public_key().public_bytes_raw()
    opening, nonce = derive(secret, salt=ephemeral + own, info=facts)
    return ChaCha20Poly1305(opening).decrypt(nonce, unbase64(sealed.box), facts).decode()


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_the_centre_reads_what_was_written(text: str) -> None:
    assert opened(CENTRE_KEY.seal(text, CONTEXT), CONTEXT) == text


def test_the_same_words_twice_look_different() -> None:
    one, other = (CENTRE_KEY.seal("too slow", CONTEXT) for _ in range(2))

    assert one.ephemeral != other.ephemeral
    assert one.box != other.box
    assert one.key == other.key == CENTRE_KEY.id


def test_nothing_of_the_words_shows() -> None:
    sealed = CENTRE_KEY.seal("Twenty minutes in the queue", CONTEXT).model_dump_json()

    assert "queue" not in sealed
    assert base64.urlsafe_b64encode(b"Twenty minutes").decode().rstrip("=")[:-2] not in sealed


def test_another_key_opens_nothing() -> None:
    with pytest.raises(InvalidTag):
        opened(CENTRE_KEY.seal("words", CONTEXT), CONTEXT, key=X25519PrivateKey.generate())


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(CONTEXT, source="/acme/high-street/till-2"),
        replace(CONTEXT, kind="response.given"),
        replace(CONTEXT, case="K7M2Q9XT4E"),
        replace(CONTEXT, part="contact"),
    ],
)
def test_a_box_that_was_moved_elsewhere_does_not_open(elsewhere: Context) -> None:
    sealed = CENTRE_KEY.seal("words", CONTEXT)
    with pytest.raises(InvalidTag):
        opened(sealed, elsewhere)


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_a_box_with_one_flipped_bit_does_not_open(data: st.DataObject) -> None:
    sealed = CENTRE_KEY.seal("words", CONTEXT)
    box = bytearray(unbase64(sealed.box))
    bit = data.draw(st.integers(0, 8 * len(box) - 1))
    box[bit // 8] ^= 1 << bit % 8
    flipped = base64.urlsafe_b64encode(box).decode().rstrip("=")
    with pytest.raises(InvalidTag):
        opened(sealed.model_copy(update={"box": flipped}), CONTEXT)


def test_the_longest_text_of_the_widest_characters_fits() -> None:
    text = "\U0001f642" * MOST_CHARACTERS

    assert opened(CENTRE_KEY.seal(text, CONTEXT), CONTEXT) == text


def test_plain_is_what_it_says() -> None:
    assert plain("words", CONTEXT) == Plain(plain="words")


# -- the key file -------------------------------------------------------------------------------


def test_the_centres_key_is_read_from_its_file(tmp_path: Path) -> None:
    key = read_centre_key(written(tmp_path, public_pem()))

    assert key.id == CENTRE_KEY.id
    assert opened(key.seal("words", CONTEXT), CONTEXT) == "words"


LOW_ORDER = X25519PublicKey.from_public_bytes(bytes(32))
ARMOUR = b"-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (private_pem(), "is a private key: keep it at the centre"),
        (private_pem(phrase=b"phrase"), "is a private key: keep it at the centre"),
        (b"", "is no PEM public key"),
        (b"\xff" * 100, "is no PEM public key"),
        (ARMOUR % b"bm90IGEga2V5", "is no PEM public key"),
        (public_pem()[:60], "is no PEM public key"),
        (other_kind_pem(), "openssl genpkey -algorithm X25519"),
        (public_pem(LOW_ORDER), "its point is of low order"),
    ],
    ids=["private", "encrypted", "empty", "bytes", "armoured", "cut", "ed25519", "low order"],
)
def test_a_wrong_key_file_is_told_with_its_remedy(
    tmp_path: Path, content: bytes, told: str
) -> None:
    file = written(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        read_centre_key(file)

    assert told in str(caught.value)
    assert str(caught.value).startswith(f"feedback.public_key: {file} ")
    assert "\n" not in str(caught.value)


def test_the_configuration_chooses_how_words_are_kept(tmp_path: Path) -> None:
    file = written(tmp_path, public_pem())
    sealing = chosen_seal(FeedbackSettings(enabled=True, public_key=file))

    assert sealing is not None
    assert isinstance(sealing("words", CONTEXT), Sealed)
    assert chosen_seal(FeedbackSettings(plain=True)) is plain
    assert chosen_seal(FeedbackSettings()) is None


def test_a_key_that_cannot_be_used_never_falls_back_to_plain(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        chosen_seal(FeedbackSettings(enabled=True, public_key=tmp_path / "none.pem"))


def test_a_missing_key_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read \(No such file"):
        read_centre_key(tmp_path / "none.pem")


def test_a_huge_key_file_is_not_read_whole(tmp_path: Path) -> None:
    file = written(tmp_path, b"x" * 1_000_000 + public_pem())
    with pytest.raises(ConfigError, match="is no PEM public key"):
        read_centre_key(file)


def test_sealing_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    CENTRE_KEY.seal("words", CONTEXT)

    assert caplog.records == []
