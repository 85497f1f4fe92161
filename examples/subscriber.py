"""Fold a fleet's events into SQLite, exactly once, and print what is missing.

    python examples/subscriber.py fleet.db [HOST [PORT]] [--confirm] [--ca PEM --cert PEM --key PEM]

Needs paho-mqtt 2 and SQLite 3.38. An event is kept once by its key (source, epoch, sequence),
however often it is delivered, and whole, as it came. What is no event of the device whose topic it
came on lies in the table `refused`, is said once, and is never confirmed. Views:

    rating      with amendments folded onto them: the last one holds, by epoch order and sequence
    correction  the `clock.corrected` that holds for a boot (fold: agent/clock/redating.py)
    gap         numbers lacking in an epoch and awaited, its end included: its successor names that
    lost        what a device has said that it no longer has, as far as it has not come either

With --confirm devices are told what is stored (set `uplink.receipts: true` there). Whatever else
goes wrong (the disk, the broker's refusal) ends it with a line that says what.
"""

import json
import re
import sqlite3
import sys
import time
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

SCHEMA = """
CREATE TABLE IF NOT EXISTS event (source, epoch, sequence INTEGER, id, type, boot,
    monotonic INTEGER, clock, time, data, envelope NOT NULL CHECK (json_valid(envelope)),
    PRIMARY KEY (source, epoch, sequence));
CREATE INDEX IF NOT EXISTS successor ON event (source, data ->> '$.previous.epoch')
    WHERE sequence = 1;
CREATE TABLE IF NOT EXISTS gone (source, epoch, first INTEGER, last INTEGER, why,
    PRIMARY KEY (source, epoch, first, last, why));
CREATE TABLE IF NOT EXISTS refused (topic, payload BLOB, reason, PRIMARY KEY (topic, payload));

CREATE VIEW IF NOT EXISTS place AS -- epochs in their order: by `since`, then by `nth`
    WITH RECURSIVE chain AS (
        SELECT source, epoch, time AS since, 0 AS nth FROM event AS s
        WHERE sequence = 1 AND NOT EXISTS (SELECT 1 FROM event AS p
            WHERE p.source = s.source AND p.epoch = s.data ->> '$.previous.epoch'
            AND p.sequence = 1)
        UNION ALL
        SELECT s.source, s.epoch, since, nth + 1 FROM chain JOIN event AS s
            ON s.source = chain.source AND s.data ->> '$.previous.epoch' = chain.epoch
            AND s.sequence = 1)
    SELECT * FROM chain;
CREATE VIEW IF NOT EXISTS rating AS
    WITH amended AS (
        SELECT source, data ->> 'rating' AS id, data, row_number() OVER (
            PARTITION BY source, data ->> 'rating'
            ORDER BY since DESC, nth DESC, sequence DESC) AS latest
        FROM event LEFT JOIN place USING (source, epoch)
        WHERE type = 'smilepost.rating.amended.v1')
    SELECT g.id, g.source, g.time, g.data ->> 'key' AS key, g.data ->> 'value' AS value,
        coalesce(a.data, g.data) ->> 'counts' AS counts,
        coalesce(a.data, g.data) ->> 'flags' AS flags,
        coalesce(a.data, g.data) ->> 'contact' AS contact
    FROM event AS g LEFT JOIN amended AS a ON a.source = g.source AND a.id = g.id AND latest = 1
    WHERE g.type = 'smilepost.rating.given.v1';
CREATE VIEW IF NOT EXISTS correction AS
    SELECT source, boot, envelope FROM (
        SELECT source, data ->> 'boot' AS boot, envelope, row_number() OVER (
            PARTITION BY source, data ->> 'boot'
            ORDER BY since DESC, nth DESC, sequence DESC) AS latest
        FROM event LEFT JOIN place USING (source, epoch)
        WHERE type = 'smilepost.clock.corrected.v1')
    WHERE latest = 1;

CREATE VIEW IF NOT EXISTS gap AS
    WITH finished AS (
        SELECT source, data ->> '$.previous.epoch' AS epoch,
               data ->> '$.previous.last_sequence' AS last
        FROM event WHERE type = 'smilepost.device.started.v1' AND data ->> 'previous' IS NOT NULL),
    settled AS (
        SELECT source, epoch, sequence AS first, sequence AS last FROM event
        UNION ALL SELECT source, epoch, first, last FROM gone
        UNION ALL SELECT source, epoch, last + 1, last + 1 FROM finished),
    hole AS (
        SELECT source, epoch, first - 1 AS upto, 1 + coalesce(max(last) OVER (
            PARTITION BY source, epoch ORDER BY first
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS since FROM settled)
    SELECT source, epoch, 'lacks ' || group_concat(
        iif(since = upto, since, since || '-' || upto), ', ') AS what
    FROM hole WHERE since <= upto GROUP BY 1, 2
    UNION ALL
    SELECT source, epoch, 'ended at ' || last || ', seen up to ' || max(sequence)
    FROM event JOIN finished USING (source, epoch) GROUP BY 1, 2, last HAVING max(sequence) > last;
CREATE VIEW IF NOT EXISTS lost AS
    SELECT source, epoch, first, last, why, last - first + 1 - (
        SELECT count(*) FROM event AS e WHERE e.source = gone.source AND e.epoch = gone.epoch
        AND sequence BETWEEN first AND last) AS events
    FROM gone WHERE events > 0;
"""
KEEP = "INSERT INTO event VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING"
KEEP_GONE = "INSERT INTO gone VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING"
KEEP_REFUSED = "INSERT INTO refused VALUES (?,?,?) ON CONFLICT DO NOTHING"

EPOCH = r"[0-9a-f]{16}"
NUMBERS = range(1, 1 << 40)
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
FIELDS = {
    "type": r"smilepost\.[a-z_.]+\.v\d+",
    "epoch": EPOCH,
    "sequence": r"\d{20}",
    "boot": r"[0-9a-f-]{36}",
    "monotonic": r"\d{1,15}",
    "clock": "synced|estimated|unknown",
}
OPTIONAL = ("time", "timeearliest", "timelatest")
ENDINGS = ("smilepost.data.dropped.v1", "smilepost.data.purged.v1")

Key = tuple[str, str, int]
Stretch = tuple[str, int, int]


class RefusedError(ValueError):
    """It is no event of the device on whose topic it came; the text says why."""


class Event(NamedTuple):
    """An event of which everything that is used here has been checked."""

    key: Key
    fields: dict[str, Any]
    envelope: str
    data: str
    gone: list[Stretch]

    @property
    def row(self) -> tuple[object, ...]:
        """Return it as a row of the table."""
        told = self.fields
        when = told["boot"], int(told["monotonic"]), told["clock"], told.get("time")
        return (*self.key, told["id"], told["type"], *when, self.data, self.envelope)


def need(fits: object, reason: str) -> None:
    """Refuse what does not fit."""
    if not fits:
        raise RefusedError(reason)


def matches(pattern: str, value: object) -> bool:
    """Whether a value is a text of this form."""
    return isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


def is_time(value: object) -> bool:
    """Whether a value is a time as in the contract, and one that there is."""
    try:
        return matches(TIME, value) and bool(datetime.fromisoformat(str(value)))
    except ValueError:
        return False


def read(topic: str, payload: bytes | bytearray) -> Event:
    """Check a message; raises RefusedError. Anybody with a device's rights may have sent it."""
    try:
        envelope = payload.decode()
        told = json.loads(envelope)
        json.dumps(told, allow_nan=False)  # Python reads a NaN, SQLite does not
    except (ValueError, RecursionError):
        raise RefusedError("it is not JSON") from None
    need(isinstance(told, dict) and isinstance(told.get("data"), dict), "it is no event")
    for name, pattern in FIELDS.items():
        need(matches(pattern, told.get(name)), f"`{name}` is not what docs/contract.md says")
    for name in OPTIONAL:
        need(name not in told or is_time(told[name]), f"`{name}` is no time")
    source = "/" + "/".join(topic.split("/")[2:5])
    key = source, told["epoch"], int(told["sequence"])
    need(told.get("source") == source, "`source` is not the device of the topic")
    need(key[2] in NUMBERS, "`sequence` is out of bounds")
    need(told.get("id") == f"{source}/{key[1]}/{key[2]:020d}", "`id` is not its key")
    gone = read_data(told["type"], told["data"])
    return Event(key, told, envelope, json.dumps(told["data"]), gone)


def read_data(kind: str, data: dict[str, Any]) -> list[Stretch]:
    """Check what the views rest on; returns the stretches that an event says are gone."""
    before = data.get("previous")
    if kind == "smilepost.device.started.v1" and before is not None:
        need(isinstance(before, dict) and matches(EPOCH, before.get("epoch")), "`previous` is none")
        last = before.get("last_sequence")
        need(last == 0 or is_number(last), "`previous` has no last sequence")
    if kind == "smilepost.clock.corrected.v1":
        whole = all(type(data.get(name)) is int for name in ("offset_ms", "uncertainty_ms"))
        need(whole and isinstance(data.get("boot"), str), "it corrects no clock")
    if kind not in ENDINGS:
        return []
    found = pairs(data.get("ranges"))
    need(found and all(matches(EPOCH, epoch) for epoch, _ in found), "`ranges` are none")
    for _, pair in found:
        right = isinstance(pair, list) and all(is_number(one) for one in pair)
        need(right and pair == sorted(pair)[:2] and len(pair) > 1, "`ranges` are none")
    return [(epoch, first, last) for epoch, (first, last) in found]


def pairs(ranges: object) -> list[tuple[str, Any]]:
    """Return (epoch, [first, last]) as they are claimed; nothing where there are none."""
    lists = ranges.items() if isinstance(ranges, dict) else ()
    return [(epoch, pair) for epoch, all_ in lists if isinstance(all_, list) for pair in all_]


def is_number(value: object) -> bool:
    """Whether it is the number of an event; True and 1.0 are none."""
    return type(value) is int and value in NUMBERS


def fold(db: sqlite3.Connection, topic: str, payload: bytes | bytearray) -> tuple[Key, bool]:
    """Store one event: (its key, whether it was new). Raises RefusedError for what is none."""
    event = read(topic, payload)
    gone = [(event.key[0], *stretch, event.fields["type"]) for stretch in event.gone]
    try:
        with db:
            kept = db.execute(KEEP, event.row)
            db.executemany(KEEP_GONE, gone)
    except sqlite3.IntegrityError:
        raise RefusedError("it is not JSON to SQLite") from None
    return event.key, kept.rowcount == 1


def set_aside(db: sqlite3.Connection, topic: str, payload: bytes, reason: str) -> bool:
    """Keep what is no event for a person to look at; tells whether it was new."""
    with db:
        kept = db.execute(KEEP_REFUSED, (topic, payload, reason))
    return kept.rowcount == 1


def gaps(db: sqlite3.Connection) -> dict[str, str]:
    """Say what each epoch lacks now; after an outage the backlog closes gaps by itself."""
    query = "SELECT source || ' ' || epoch, group_concat(what, '; ') FROM gap GROUP BY 1"
    return dict(db.execute(query).fetchall())


def receipts(stored: set[Key]) -> list[tuple[str, str]]:
    """Say what is stored: (topic, payload), at most 1,000 ranges each."""
    epochs: dict[tuple[str, str], list[list[int]]] = {}
    for source, epoch, number in sorted(stored):
        ranges = epochs.setdefault((source, epoch), [])
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return [
        (f"smilepost/v1{source}/receipt", json.dumps({"epoch": e, "ranges": all_[n : n + 1000]}))
        for (source, e), all_ in epochs.items()
        for n in range(0, len(all_), 1000)
    ]


def connect(told: Namespace) -> Client:
    """Connect with a session that the broker keeps for a week while nobody is here."""
    client = Client(
        CallbackAPIVersion.VERSION2, f"fold-{told.path}", protocol=MQTTProtocolVersion.MQTTv5
    )
    lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    lasting.SessionExpiryInterval = 7 * 86_400

    def connected(_client: Client, _data: object, _flags: object, reason: Any, _: object) -> None:
        if reason.is_failure:
            raise ConnectionRefusedError(f"the broker refuses: {reason}")
        client.subscribe([(f"smilepost/v1/+/+/+/{name}", 1) for name in ("event/#", "alert")])

    def subscribed(_client: Client, _data: object, _id: int, reasons: list[Any], _: object) -> None:
        for reason in reasons:
            if reason.is_failure:
                raise PermissionError(f"the broker denies the subscription: {reason}")

    def lost(_client: Client, _data: object, _flags: object, reason: Any, _: object) -> None:
        print(f"the broker is away: {reason}", file=sys.stderr, flush=True)

    if told.ca or told.cert:
        client.tls_set(told.ca, told.cert, told.key)
    client.on_connect, client.on_subscribe, client.on_disconnect = connected, subscribed, lost
    client.connect(told.host, told.port, clean_start=False, properties=lasting)
    return client


def listen(client: Client, seconds: float) -> None:
    """Take what comes for so long. One thread does it all: what fails in a callback, fails here."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if client.loop(left) is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            time.sleep(1)
            with suppress(OSError):  # it was said when it went away
                client.reconnect()


def arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description="Fold a fleet's events into SQLite, exactly once.")
    parser.add_argument("path", metavar="fleet.db")
    parser.add_argument("host", nargs="?", default="127.0.0.1")
    parser.add_argument("port", nargs="?", type=int, default=1883)
    parser.add_argument("every_s", nargs="?", type=float, default=5.0)
    parser.add_argument("--confirm", action="store_true", help="tell devices what is stored")
    parser.add_argument("--ca", help="who signed the broker's certificate")
    parser.add_argument("--cert", help="our certificate, where devices have one")
    parser.add_argument("--key")
    return parser.parse_args()


def main(told: Namespace) -> None:
    """Subscribe with a session the broker remembers, and fold until interrupted."""
    db = sqlite3.connect(told.path)
    db.executescript(SCHEMA)
    stored: set[Key] = set()

    def take(_client: Client, _data: object, message: MQTTMessage) -> None:
        # paho acknowledges it to the broker when this returns: it is on the disk then.
        try:
            key, new = fold(db, message.topic, message.payload)
        except RefusedError as reason:
            if set_aside(db, message.topic, bytes(message.payload), str(reason)):
                print("REFUSED", message.topic, reason, flush=True)
            return
        stored.add(key)
        if new:
            print(message.topic, flush=True)

    client = connect(told)
    client.on_message = take
    known: dict[str, str] = {}
    while True:
        listen(client, told.every_s)
        for topic, payload in receipts(stored) if told.confirm else ():
            client.publish(topic, payload, qos=1)
        stored.clear()
        missing = gaps(db)
        for epoch in sorted(dict(missing.items() ^ known.items())):
            what = missing.get(epoch, "lacks nothing now")
            print("GAP" if epoch in missing else "closed:", epoch, what, flush=True)
        known = missing


if __name__ == "__main__":
    try:
        main(arguments())
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"it ends: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
