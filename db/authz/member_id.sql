create or replace function authz.member_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.member_id', true), '')::uuid;

comment on function authz.member_id() is
  'The member (user in workspace) this transaction speaks for, or null. Set by authz.claim.';
grant execute on function authz.member_id() to relata_anonymous, relata_reader, relata_server;
