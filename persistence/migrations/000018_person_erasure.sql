-- Additive: people who are to be taken out of the record. Whom it was about is forgotten when it is done.
create table person_erasure (
  erasure_id uuid primary key,
  user_id varchar(36),
  -- Who stands in their place everywhere.
  pseudonym varchar(36) not null,
  requested_by varchar(36) not null,
  requested_at timestamptz not null,
  done_at timestamptz,
  check ((user_id is null) = (done_at is not null))
);

-- Where somebody ever was.
create index voice_participants_user on voice_participants (user_id);
