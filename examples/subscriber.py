"""Fold a fleet's events into SQLite, exactly once, and print what is missing.

    python examples/subscriber.py fleet.db [HOST [PORT]]

Needs paho-mqtt 2 and SQLite 3.38. An event is kept once by its key (source, epoch, sequence),
however often it is delivered. The view `rating` folds amendments onto ratings: the last one holds.
The view `gap` shows numbers lacking in an epoch, and epochs that do not continue their predecessor.
"""

import json
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
CREATE VIEW IF NOT EXISTS gap AS
    WITH seen AS (
        SELECT source, epoch, count(*) AS n, max(sequence) AS last FROM event GROUP BY 1, 2)
    SELECT source, epoch, 'lacks ' || (last - n) || ' of ' || last AS what FROM seen WHERE n < last
    UNION ALL
    SELECT e.source, before, 'ended at ' || ended || ', seen up to ' || coalesce(last, 0) FROM (
        SELECT source, data ->> '$.previous.epoch' AS before,
               data ->> '$.previous.last_sequence' AS ended
        FROM event WHERE kind = 'device.started') AS e
    LEFT JOIN seen ON seen.source = e.source AND seen.epoch = before
    WHERE ended <> coalesce(last, 0);
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


def gaps(db: sqlite3.Connection) -> set[str]:
    """Say what is missing now, a line each; after an outage the backlog closes gaps by itself."""
    return {" ".join(row) for row in db.execute("SELECT source, epoch, what FROM gap")}


def main(path: str, host: str = "127.0.0.1", port: str = "1883", every_s: str = "5") -> None:
    """Subscribe with a session the broker remembers, and fold until interrupted."""
    db = sqlite3.connect(path, check_same_thread=False)
    db.executescript(SCHEMA)

    def take(_client: Client, _data: object, message: MQTTMessage) -> None:
        if fold(db, message.payload):
            print(message.topic, flush=True)

    version, name = CallbackAPIVersion.VERSION2, f"fold-{path}"
    client = Client(version, name, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_connect = lambda *_: client.subscribe("smilepost/v1/+/+/+/event/#", qos=1) and None
    client.on_message = take
    lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    lasting.SessionExpiryInterval = 7 * 86_400
    client.connect(host, int(port), clean_start=False, properties=lasting)
    client.loop_start()
    known: set[str] = set()
    while True:
        time.sleep(float(every_s))
        missing = gaps(db)
        for gap in sorted(missing ^ known):
            print("GAP" if gap in missing else "closed:", gap, flush=True)
        known = missing


if __name__ == "__main__":
    main(*sys.argv[1:])
