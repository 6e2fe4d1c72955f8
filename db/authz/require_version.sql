-- Who changes a record can say which state of it he has seen, by its updatedAt. Asked
-- of the row itself, locked, in the transaction that changes it (src/records/version.ts).

create or replace function authz.require_version(actual timestamptz, expected timestamptz) returns void
language plpgsql volatile
as $$
begin
  if actual is distinct from expected then
    raise exception using errcode = 'VERSN', message = 'The record has changed since it was read.', column = 'version';
  end if;
end
$$;

comment on function authz.require_version(timestamptz, timestamptz) is
  'Nothing when a record is as it was seen; CONFLICT otherwise.';
grant execute on function authz.require_version(timestamptz, timestamptz) to relata_writer;
