"""What the centre says it has stored: read strictly, because anybody might have sent it."""

from __future__ import annotations

import logging
from collections import Counter

from pydantic import ValidationError

from agent.events.messages import DeliveryReceipt
from agent.uplink.errors import one_line

log = logging.getLogger(__name__)

RECEIPT_MAXIMUM_BYTES = 65_536


class ReceiptReader:
    """Reads receipts; `refused` counts the bad ones by their kind of trouble.

    Each kind is logged once: a centre that is wrong is wrong every time.
    """

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()

    def read(self, payload: bytes) -> DeliveryReceipt | None:
        """Return the receipt; None for what is none."""
        if len(payload) > RECEIPT_MAXIMUM_BYTES:
            most = f"{len(payload)} bytes where {RECEIPT_MAXIMUM_BYTES} are allowed"
            self._complain("too large", most)
            return None
        try:
            return DeliveryReceipt.model_validate_json(payload)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"][:2] if isinstance(part, str))
            self._complain(first["type"], f"{where}: {first['msg']}" if where else first["msg"])
            return None

    def _complain(self, kind: str, what: str) -> None:
        self.refused[kind] += 1
        if self.refused[kind] == 1:
            log.warning("a receipt is ignored (%s): see docs/contract.md", one_line(what))
