-- Schema m002 over the rows of m001.sql: no checksums, no counts yet.
PRAGMA page_size = 1024;
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'outbox','m001_epochs_and_events','2026-11-22 17:52:26.148391+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'outbox','m002_checksums_counters_dates','2026-11-22 20:26:15.431122+00:00');
CREATE TABLE counter (key TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE epoch (
               number INTEGER PRIMARY KEY AUTOINCREMENT,
               id TEXT NOT NULL UNIQUE,
               source TEXT NOT NULL,
               boot TEXT NOT NULL
           , offset_ms INTEGER, uncertainty_ms INTEGER, checksum INTEGER);
INSERT INTO "epoch" VALUES(1,'385700e1cd9cfb70','/acme/north/till-1','00000000-0000-4000-8000-000000000001',NULL,NULL,NULL);
INSERT INTO "epoch" VALUES(2,'b96e339342495fd1','/acme/north/till-1','00000000-0000-4000-8000-000000000001',NULL,NULL,NULL);
CREATE TABLE event (
               position INTEGER PRIMARY KEY,
               state INTEGER NOT NULL DEFAULT 0,
               reason INTEGER,
               kind TEXT NOT NULL,
               version INTEGER NOT NULL,
               monotonic_ms INTEGER NOT NULL,
               wall_ms INTEGER,
               trust TEXT NOT NULL,
               earliest_ms INTEGER,
               data TEXT NOT NULL
           , checksum INTEGER);
INSERT INTO "event" VALUES(1099511627777,2,NULL,'device.started',1,1000000,1795000000000,'synced',NULL,'{"software":"1.2.3"}',NULL);
INSERT INTO "event" VALUES(1099511627778,4,135,'device.health',1,1001000,1795000001000,'synced',NULL,'{"uptime_s":1.0,"presses":{},"pending":0,"resident_mb":1.0}',NULL);
INSERT INTO "event" VALUES(1099511627779,2,NULL,'device.health',1,1002000,1795000002000,'synced',NULL,'{"uptime_s":2.0,"presses":{},"pending":0,"resident_mb":1.0}',NULL);
INSERT INTO "event" VALUES(1099511627780,0,NULL,'device.health',1,1002000,1795000002000,'synced',NULL,'{"uptime_s":3.0,"presses":{},"pending":0,"resident_mb":1.0}',NULL);
INSERT INTO "event" VALUES(2199023255553,0,NULL,'device.started',1,1000000,NULL,'unknown',NULL,'{"software":"1.2.3","previous":{"epoch":"385700e1cd9cfb70","last_sequence":4}}',NULL);
INSERT INTO "event" VALUES(2199023255554,0,NULL,'device.fault',1,1000000,NULL,'unknown',NULL,'{"part":"camera","state":"raised","fact":"не найдена","remedy":""}',NULL);
CREATE TABLE progress (only INTEGER PRIMARY KEY CHECK (only = 1), watermark INTEGER, counted INTEGER NOT NULL DEFAULT 0, total_since TEXT);
INSERT INTO "progress" VALUES(1,1099511627779,0,NULL);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX epoch_copy ON epoch (checksum, id, source, boot);
CREATE INDEX event_rejected ON event (reason) WHERE state = 4;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('epoch',2);
COMMIT;
PRAGMA user_version = 2;
