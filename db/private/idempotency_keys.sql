-- A client that does not know whether its mutation arrived sends it again with the
-- same Idempotency-Key, and gets the first answer. The key, what was asked and the
-- answer are written in the transaction of the mutation itself: either all of it is
-- there, or nothing is. src/graphql/idempotency.ts speaks to these functions.

create table if not exists private.idempotency_keys (
  workspace_id uuid not null references core.workspaces on delete cascade,
  user_id      uuid not null,
  key          text not null check (length(key) between 1 and 255),
  fingerprint  bytea not null,
  answer       text,
  expires_at   timestamptz not null,
  rights       bytea not null default '',
  primary key (workspace_id, user_id, key),
  foreign key (workspace_id, user_id) references private.access (workspace_id, caller_id) on delete cascade
);

create index if not exists idempotency_keys_expires_at_idx on private.idempotency_keys (expires_at);

comment on table private.idempotency_keys is
  'What was answered to a mutation that came with an Idempotency-Key; a key is a user''s or an API key''s own, in a workspace.';
comment on column private.idempotency_keys.fingerprint is
  'SHA-256 of the request: the same key with another one is refused.';
comment on column private.idempotency_keys.rights is
  'SHA-256 of what the caller might do then: the answer is told again as long as that is so.';
comment on column private.idempotency_keys.answer is
  'The JSON that was answered; never empty once the transaction is committed.';

-- Whose a row is: the user's in the workspace. What is past is anybody's to forget.
alter table private.idempotency_keys enable row level security;
alter table private.idempotency_keys force row level security;

drop policy if exists own on private.idempotency_keys;
create policy own on private.idempotency_keys to relata_owner
  using (workspace_id = (select authz.workspace_id()) and user_id = (select authz.user_id()));

drop policy if exists see_expired on private.idempotency_keys;
create policy see_expired on private.idempotency_keys for select to relata_owner
  using (expires_at < now());

drop policy if exists forget_expired on private.idempotency_keys;
create policy forget_expired on private.idempotency_keys for delete to relata_owner
  using (expires_at < now());

create or replace function authz.use_key(user_id uuid, workspace_id uuid, key text, fingerprint bytea, lifetime_seconds int)
returns text
language plpgsql
-- Another request with this key, under way, is waited for: its answer is then ours.
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
as $$
declare
  _kept private.idempotency_keys;
  _rights bytea;
begin
  perform set_config('relata.workspace_id', use_key.workspace_id::text, true),
          set_config('relata.user_id', use_key.user_id::text, true);
  select sha256(convert_to(concat_ws(' ', a.permissions, a.conditions, a.rules, a.fields_key), 'UTF8')) into _rights
    from private.access a where a.workspace_id = use_key.workspace_id and a.caller_id = use_key.user_id;
  if not found then
    return null; -- authz.claim says so
  end if;
  delete from private.idempotency_keys k
    where k.workspace_id = use_key.workspace_id and k.user_id = use_key.user_id and k.key = use_key.key and k.expires_at < now();
  insert into private.idempotency_keys (workspace_id, user_id, key, fingerprint, rights, expires_at)
    values (use_key.workspace_id, use_key.user_id, use_key.key, use_key.fingerprint, _rights,
            clock_timestamp() + make_interval(secs => lifetime_seconds))
    on conflict do nothing;
  if found then
    return null;
  end if;
  -- A statement of its own, which sees what the other has committed.
  select * into strict _kept from private.idempotency_keys k
    where k.workspace_id = use_key.workspace_id and k.user_id = use_key.user_id and k.key = use_key.key;
  if _kept.fingerprint <> use_key.fingerprint then
    perform private.fail('KEYED', 'This Idempotency-Key came with another request before.', 'Idempotency-Key');
  elsif _kept.rights <> _rights then
    raise exception using errcode = '42501', column = 'Idempotency-Key',
      message = 'This was done, and what was answered is not told again: you may do something else since.';
  end if;
  return _kept.answer;
end
$$;

comment on function authz.use_key(uuid, uuid, text, bytea, int) is
  'Takes an Idempotency-Key for this transaction and answers null, or the answer that was given to the same request before. IDEMPOTENCY_KEY_REUSED when it came with another request, PERMISSION_DENIED when his rights have changed since. Behind it stands authz.claim, which asks whether he is a member. For the server alone.';
grant execute on function authz.use_key(uuid, uuid, text, bytea, int) to relata_server;

create or replace function authz.keep_answer(key text, answer text) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  update private.idempotency_keys k set answer = keep_answer.answer
    where k.workspace_id = authz.workspace_id() and k.user_id = authz.user_id() and k.key = keep_answer.key;
end;

comment on function authz.keep_answer(text, text) is
  'Keeps what is answered to the request of this transaction, which has used the key. For the server alone.';
grant execute on function authz.keep_answer(text, text) to relata_server;

create or replace function authz.expire_keys() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _expired as (
    delete from private.idempotency_keys k where k.expires_at < now() returning 1
  )
  select count(*) from _expired;
end;

comment on function authz.expire_keys() is
  'Forgets the answers whose time is over and tells how many. For the worker alone.';
grant execute on function authz.expire_keys() to relata_worker;
