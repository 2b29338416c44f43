-- Additive: files of what the record knows of a person, made in the background and kept for a week.
create table person_export (
  export_id uuid primary key,
  user_id varchar(36) not null,
  requested_by varchar(36) not null,
  requested_at timestamptz not null,
  -- Where the next part begins: which table, and behind which row; null before the first.
  place jsonb,
  done_at timestamptz
);
create index person_export_user on person_export (user_id);
create index person_export_age on person_export (requested_at);

create table person_export_part (
  export_id uuid not null references person_export (export_id) on delete cascade,
  seq integer not null,
  -- JSON lines, each with its end.
  lines text not null,
  primary key (export_id, seq)
);
