-- Additive: leases of nodes for the time in which Redis cannot be asked. By this database's clock.

create table node_lease (
  incarnation text primary key,
  process text not null,
  expires_at timestamptz not null
);
