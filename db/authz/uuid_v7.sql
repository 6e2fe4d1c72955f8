-- Ids are UUIDv7 (RFC 9562 §5.7): unguessable, and new ones stand together in the
-- index. PostgreSQL 18 makes them itself; before that we do.

do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create or replace function authz.uuid_v7() returns uuid
    language sql volatile parallel safe
    return pg_catalog.uuidv7();
  else
    -- Random bits from gen_random_uuid, behind 48 of the clock in milliseconds, the version, and
    -- 12 of the fraction (RFC 9562 §6.2, method 3), so that ids of one session grow as on 18.
    create or replace function authz.uuid_v7() returns uuid
    language sql volatile parallel safe
    as $body$
      select pg_catalog.encode(
        overlay(
          pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
          placing pg_catalog.int8send((c.us / 1000) << 16 | x'7000'::bigint | (c.us % 1000) * 4096 / 1000)
          from 1 for 8),
        'hex')::uuid
      from (select (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint as us) c
    $body$;
  end if;
end
$$;

comment on function authz.uuid_v7() is
  'A new UUIDv7 (RFC 9562 §5.7), the id of every record.';
grant execute on function authz.uuid_v7() to relata_anonymous, relata_reader, relata_server;
