"""Characters that show nothing and change how the text around them is read."""

from __future__ import annotations

import unicodedata

# Control characters, lone surrogates, line and paragraph separators.
_REFUSED = {"Cc", "Cs", "Zl", "Zp"}
# Bidirectional embeddings, overrides and isolates: they rewrite what is around. The plain marks of
# direction and the joiners stay: Arabic needs them.
_BIDI = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def hides_characters(text: str) -> bool:
    """Tell whether a text is anything but one paragraph that reads as it looks."""
    return any(unicodedata.category(each) in _REFUSED or each in _BIDI for each in text)
