"""What a customer wrote, as events carry it.

Encrypted to the centre's key; readable only where the configuration says so in as many words.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.events.envelope import TIME

MOST_CHARACTERS = 2000
"""Of a customer's text, the longest that is taken."""
MOST_CONTACT = 254
"""Of what a customer leaves to be reached by."""

About = Literal["praise", "complaint", "suggestion", "question", "comment"]

Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=11_000)]


class Sealed(BaseModel):
    """A text that only the centre can read. docs/feedback.md says how it is opened."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    seal: Literal["smilepost-seal-1"] = "smilepost-seal-1"
    """X25519, HKDF-SHA256, ChaCha20-Poly1305."""
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """To which key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    ephemeral: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    """The public half of a key that was drawn for this text alone, in base64url."""
    box: Base64Url
    """The encrypted UTF-8 text with its 16-byte tag, in base64url without padding."""


class Plain(BaseModel):
    """A readable text: only with `feedback.plain: true`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    plain: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
    """The text."""


Personal = Sealed | Plain


class PhoneLink(BaseModel):
    """The customer was shown an address to go on by phone."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the token in that address; the token itself is stored nowhere."""
    expires: Annotated[str, Field(pattern=TIME)]
    """Until when it holds; it is good for one use."""
