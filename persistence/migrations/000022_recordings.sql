-- Additive: what becomes of a recording. file_path is its key in the store.
alter table voice_recordings
  -- SHA-256 of the object, in hex.
  add column checksum varchar(64) check (checksum ~ '^[0-9a-f]{64}$'),
  add column failure text,
  add column concluded_at timestamptz;

-- Recordings that are not what they will be.
create index voice_recordings_open on voice_recordings (ended_at) where status = 'finalising';
