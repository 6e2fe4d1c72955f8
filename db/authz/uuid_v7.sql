-- Ids are UUIDv7 (RFC 9562 §5.7): unguessable, and new ones stand together in the
-- index. PostgreSQL 18 makes them itself; before that we do.

do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create or replace function authz.uuid_v7() returns uuid
    language sql volatile parallel safe
    return pg_catalog.uuidv7();
  else
    -- Random bits from gen_random_uuid, with the first 48 replaced by the clock
    -- in milliseconds and the version set to 7.
    create or replace function authz.uuid_v7() returns uuid
    language sql volatile parallel safe
    as $body$
      select pg_catalog.encode(
        pg_catalog.set_bit(
          pg_catalog.set_bit(
            overlay(
              pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
              placing substring(pg_catalog.int8send(
                (extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint) from 3)
              from 1 for 6),
            52, 1),
          53, 1),
        'hex')::uuid
    $body$;
  end if;
end
$$;

comment on function authz.uuid_v7() is
  'A new UUIDv7 (RFC 9562 §5.7), the id of every record.';
grant execute on function authz.uuid_v7() to relata_anonymous, relata_guest, relata_server;
