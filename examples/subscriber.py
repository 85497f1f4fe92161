"""Fold a fleet's events into SQLite, exactly once, and print what is missing.

    python examples/subscriber.py fleet.db [HOST [PORT]] [--confirm]

Needs paho-mqtt 2 and SQLite 3.38. An event is kept once by its key (source, epoch, sequence),
however often it is delivered. The view `rating` folds amendments onto ratings: the last one holds.
The view `gap` shows the numbers lacking in an epoch, its end included: its successor names that.
With --confirm devices are told what is stored (set `uplink.receipts: true` there).
"""

import json
import queue
import sqlite3
import sys
import time

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

SCHEMA = """
CREATE TABLE IF NOT EXISTS event (source, epoch, sequence INTEGER, id, kind, time,
    monotonic INTEGER, data, PRIMARY KEY (source, epoch, sequence));
CREATE VIEW IF NOT EXISTS rating AS
    SELECT g.id, g.source, g.time, g.data ->> 'key' AS key, g.data ->> 'value' AS value, coalesce(
        (SELECT data ->> 'counts' FROM event
         WHERE kind = 'rating.amended' AND data ->> 'rating' = g.id
         ORDER BY monotonic DESC, sequence DESC LIMIT 1), g.data ->> 'counts') AS counts
    FROM event AS g WHERE kind = 'rating.given';
DROP VIEW IF EXISTS gap;
CREATE VIEW gap AS
    WITH finished AS (
        SELECT source, data ->> '$.previous.epoch' AS epoch,
               data ->> '$.previous.last_sequence' AS last
        FROM event WHERE kind = 'device.started' AND epoch IS NOT NULL),
    mark AS (
        SELECT source, epoch, sequence FROM event
        UNION SELECT source, epoch, last + 1 FROM finished WHERE epoch IS NOT NULL),
    hole AS (
        SELECT source, epoch, sequence - 1 AS upto, 1 + lag(sequence, 1, 0)
            OVER (PARTITION BY source, epoch ORDER BY sequence) AS since FROM mark)
    SELECT source, epoch, 'lacks ' || group_concat(
        iif(since = upto, since, since || '-' || upto), ', ') AS what
    FROM hole WHERE since <= upto GROUP BY 1, 2
    UNION ALL
    SELECT source, epoch, 'ended at ' || last || ', seen up to ' || max(sequence)
    FROM event JOIN finished USING (source, epoch) GROUP BY 1, 2, last HAVING max(sequence) > last;
"""


def fold(db: sqlite3.Connection, payload: bytes | bytearray) -> bool:
    """Keep one event; tells whether it was new."""
    event = json.loads(payload)
    kind = event["type"].removeprefix("smilepost.").rpartition(".v")[0]
    key = event["source"], event["epoch"], int(event["sequence"])
    rest = event["id"], kind, event.get("time"), int(event["monotonic"]), json.dumps(event["data"])
    with db:
        done = db.execute("INSERT OR IGNORE INTO event VALUES (?,?,?,?,?,?,?,?)", (*key, *rest))
    return done.rowcount == 1


def gaps(db: sqlite3.Connection) -> dict[str, str]:
    """Say what each epoch lacks now; after an outage the backlog closes gaps by itself."""
    query = "SELECT source || ' ' || epoch, group_concat(what, '; ') FROM gap GROUP BY 1"
    return dict(db.execute(query).fetchall())


def receipts(stored: set[tuple[str, str, int]]) -> list[tuple[str, str]]:
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


def main(path: str, host: str = "127.0.0.1", port: str = "1883", every_s: str = "5") -> None:
    """Subscribe with a session the broker remembers, and fold until interrupted."""
    db = sqlite3.connect(path, check_same_thread=False)
    db.executescript(SCHEMA)
    stored: queue.SimpleQueue[tuple[str, str, int]] = queue.SimpleQueue()

    def take(_client: Client, _data: object, message: MQTTMessage) -> None:
        if fold(db, message.payload):
            print(message.topic, flush=True)
        event = json.loads(message.payload)
        stored.put((event["source"], event["epoch"], int(event["sequence"])))

    version, name = CallbackAPIVersion.VERSION2, f"fold-{path}"
    client = Client(version, name, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_connect = lambda *_: client.subscribe("smilepost/v1/+/+/+/event/#", qos=1) and None
    client.on_message = take
    lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    lasting.SessionExpiryInterval = 7 * 86_400
    client.connect(host, int(port), clean_start=False, properties=lasting)
    client.loop_start()
    known: dict[str, str] = {}
    while True:
        time.sleep(float(every_s))
        new = {stored.get() for _ in range(stored.qsize())}
        for topic, payload in receipts(new) if "--confirm" in sys.argv else ():
            client.publish(topic, payload, qos=1)
        missing = gaps(db)
        for epoch in sorted(dict(missing.items() ^ known.items())):
            what = missing.get(epoch, "lacks nothing now")
            print("GAP" if epoch in missing else "closed:", epoch, what, flush=True)
        known = missing


if __name__ == "__main__":
    main(*(word for word in sys.argv[1:] if word != "--confirm"))
