-- How often somebody may still do something: buckets of points that fill up again with
-- time. What a bucket is for, and how much it holds, is said by src/rateLimits/buckets.ts;
-- these functions only count, for all servers together. Names are kept as hashes.

create table if not exists private.rate_limits (
  key     bytea primary key,
  points  double precision not null,
  seen_at timestamptz not null,
  -- From then on it is full, and its row says nothing any more.
  full_at timestamptz not null
) with (fillfactor = 50);

comment on table private.rate_limits is
  'Points that are left of a bucket, by the SHA-256 of its name, as they were when it was last seen.';

create or replace function private.take_points(name text, wanted int, quota int, window_seconds double precision,
  out granted int, out points_left double precision, out wait_ms int)
language plpgsql
as $$
declare
  -- As the database compares addresses: letters of another size are no other account.
  _key bytea := sha256(convert_to(lower(take_points.name), 'UTF8'));
  _rate double precision := quota / window_seconds;
begin
  insert into private.rate_limits as l (key, points, seen_at, full_at)
    values (_key, quota, clock_timestamp(), clock_timestamp())
    on conflict (key) do update
      set points = least(quota, l.points + greatest(0, extract(epoch from clock_timestamp() - l.seen_at)) * _rate),
          seen_at = clock_timestamp()
    returning l.points into points_left;
  -- Less than none is given back.
  granted := case when wanted < 0 then wanted else least(wanted, floor(points_left)::int) end;
  points_left := least(quota, points_left - granted);
  update private.rate_limits l
    set points = points_left, full_at = l.seen_at + make_interval(secs => (quota - points_left) / _rate)
    where l.key = _key;
  wait_ms := case when points_left >= 1 then 0 else ceil((1 - points_left) / _rate * 1000)::int end;
end
$$;

comment on function private.take_points(text, int, int, double precision) is
  'Takes up to so many points from a bucket that holds quota and is full again after window_seconds; answers how many it gave, how many are left, and how long until there is one.';

create or replace function authz.take_points(name text, wanted int, quota int, window_seconds int,
  out granted int, out points_left double precision, out wait_ms int)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- Nobody waits for the disk: what a crash forgets is a moment's guesses.
  perform set_config('synchronous_commit', 'off', true);
  select t.granted, t.points_left, t.wait_ms into granted, points_left, wait_ms
    from private.take_points(name, wanted, quota, window_seconds) t;
end
$$;

comment on function authz.take_points(text, int, int, int) is
  'Takes points from a bucket, or with less than none gives back (private.take_points). For the server alone.';
grant execute on function authz.take_points(text, int, int, int) to relata_server;

create or replace function authz.take_requests(workspace_id uuid, wanted int, default_quota int,
  out granted int, out points_left double precision, out wait_ms int, out quota int)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.workspace_id', take_requests.workspace_id::text, true), set_config('synchronous_commit', 'off', true);
  select (w.limits ->> 'requestsPerMinute')::int into quota from core.workspaces w where w.id = take_requests.workspace_id;
  quota := coalesce(quota, default_quota);
  if quota = 0 then
    granted := wanted;
    points_left := wanted;
    wait_ms := 0;
  else
    -- A share is no more than a fiftieth, that other servers find something, too.
    select t.granted, t.points_left, t.wait_ms into granted, points_left, wait_ms
      from private.take_points('workspace:' || take_requests.workspace_id, least(wanted, greatest(1, quota / 50)), quota, 60) t;
  end if;
end
$$;

comment on function authz.take_requests(uuid, int, int) is
  'Takes a share of the requests that a workspace may send in a minute, its own limit or the configuration''s (0 is none). For the server alone.';
grant execute on function authz.take_requests(uuid, int, int) to relata_server;

-- Where somebody has signed in before, others cannot lock him out by guessing.
create table if not exists private.known_addresses (
  key        bytea primary key,
  expires_at timestamptz not null
);

create index if not exists known_addresses_expires_at_idx on private.known_addresses (expires_at);

comment on table private.known_addresses is
  'That an account was signed in to from an address (IP) in the last ninety days, by the SHA-256 of both.';

create or replace function private.known_address_key(account text, address text) returns bytea
language sql immutable
return sha256(convert_to(lower(account) || ' ' || address, 'UTF8'));

comment on function private.known_address_key(text, text) is
  'By what private.known_addresses knows an account at an address.';

create or replace function authz.knows_address(account text, address text) returns boolean
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select exists (select from private.known_addresses k
    where k.key = private.known_address_key(knows_address.account, knows_address.address) and k.expires_at > now());
end;

comment on function authz.knows_address(text, text) is
  'Whether somebody has signed in to that account from there. For the server alone.';
grant execute on function authz.knows_address(text, text) to relata_server;

create or replace function authz.note_address(account text, address text) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  insert into private.known_addresses (key, expires_at)
    values (private.known_address_key(note_address.account, note_address.address), now() + interval '90 days')
    on conflict (key) do update set expires_at = excluded.expires_at;
end;

comment on function authz.note_address(text, text) is
  'Notes that somebody has signed in to that account from there. For the server alone.';
grant execute on function authz.note_address(text, text) to relata_server;

create or replace function authz.purge_limits() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _full as (
    delete from private.rate_limits l where l.full_at < now() returning 1
  ), _forgotten as (
    delete from private.known_addresses k where k.expires_at < now() returning 1
  )
  select (select count(*) from _full) + (select count(*) from _forgotten);
end;

comment on function authz.purge_limits() is
  'Forgets buckets that are full again, and addresses that nobody comes from any more; tells how many. For the worker alone.';
grant execute on function authz.purge_limits() to relata_worker;
