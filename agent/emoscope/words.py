"""What the report says in words. Each sentence stands once."""

from __future__ import annotations

from agent.vision.settings import Mode

MODES: dict[Mode, str] = {
    "off": "nothing is read",
    "presence": "contacts only, no expression",
    "smile": "contacts and smiles",
    "emotion": "contacts and three classes of expression",
}
PERCEIVED = "What an observer would say of the picture of a face, not what anybody felt."
LIMITS = (
    PERCEIVED,
    (
        "A contact is a face, near enough and seen long enough; a back or a mask is nobody."
        " Somebody who takes the place of the one before within 2.5 seconds is taken for the same."
    ),
    (
        "Numbers are places and times, not people: who comes back is a new contact, and nobody is"
        " recognised."
    ),
    (
        "In a recording nobody can answer, so nobody is called silent, and nothing is said about"
        " satisfaction."
    ),
    (
        "How often people of different age, sex or skin are read wrongly is not known. Not for"
        " decisions about a person."
    ),
)
NOBODY = "Nobody came near enough, or stayed long enough, to be a contact."
NO_FACE = "No face of a contact could be read."


def counted(number: int, one: str) -> str:
    """Return `1 contact` or `3 contacts`."""
    return f"{number:,} {one if number == 1 else one + 's'}"
