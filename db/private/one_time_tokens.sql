-- A token that works once, before its time is over: whoever brings it has read the
-- mail, has proven his password, has come back from his provider. 256 random bits,
-- kept as SHA-256, made by the server (src/auth/oneTimeTokens.ts).
--
-- Kinds: EMAIL_VERIFICATION, PASSWORD_RESET, MAGIC_LINK, LOGIN, SECOND_FACTOR,
-- INVITATION, OAUTH_STATE, SAML_ID, … – a token of one kind is none of another.

create table if not exists private.one_time_tokens (
  token_hash   bytea not null check (length(token_hash) = 32),
  kind         text not null check (kind ~ '^[A-Z][A-Z_]*$'),
  user_id      uuid references core.users on delete cascade,
  workspace_id uuid references core.workspaces on delete cascade,
  data         jsonb not null default '{}',
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null,
  primary key (token_hash, kind)
);

create index if not exists one_time_tokens_user_id_kind_idx on private.one_time_tokens (user_id, kind);
create index if not exists one_time_tokens_workspace_id_idx on private.one_time_tokens (workspace_id);
create index if not exists one_time_tokens_email_idx on private.one_time_tokens ((data ->> 'email')) where kind = 'EMAIL_VERIFICATION';
create index if not exists one_time_tokens_expires_at_idx on private.one_time_tokens (expires_at);

comment on table private.one_time_tokens is
  'SHA-256 of each token that may be used once, what it is for, and whose it is.';
comment on column private.one_time_tokens.data is
  'What whoever made the token wants to know when it is used.';

create or replace function authz.keep_token(kind text, token_hash bytea, user_id uuid, workspace_id uuid, data jsonb, lifetime interval)
returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  insert into private.one_time_tokens (token_hash, kind, user_id, workspace_id, data, expires_at)
  values (keep_token.token_hash, keep_token.kind, keep_token.user_id, keep_token.workspace_id, coalesce(keep_token.data, '{}'),
          now() + keep_token.lifetime);
end;

comment on function authz.keep_token(text, bytea, uuid, uuid, jsonb, interval) is
  'Keeps a token (SHA-256) of a kind, to be used once within its lifetime. For the server alone.';
grant execute on function authz.keep_token(text, bytea, uuid, uuid, jsonb, interval) to relata_server;

create or replace function authz.use_token(kind text, token_hash bytea)
returns table (user_id uuid, workspace_id uuid, data jsonb)
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  -- Of two who come at once, one deletes it and the other finds nothing.
  with _used as (
    delete from private.one_time_tokens t
      where t.token_hash = use_token.token_hash and t.kind = use_token.kind
      returning t.user_id, t.workspace_id, t.data, t.expires_at
  )
  select u.user_id, u.workspace_id, u.data from _used u where u.expires_at > now();
end;

comment on function authz.use_token(text, bytea) is
  'Uses up a token (SHA-256) and answers whose it was and what it was for; no row when it is unknown, of another kind, used or too old. For the server alone.';
grant execute on function authz.use_token(text, bytea) to relata_server;

create or replace function authz.see_token(kind text, token_hash bytea)
returns table (user_id uuid, workspace_id uuid, data jsonb)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select t.user_id, t.workspace_id, t.data from private.one_time_tokens t
  where t.token_hash = see_token.token_hash and t.kind = see_token.kind and t.expires_at > now();
end;

comment on function authz.see_token(text, bytea) is
  'What authz.use_token would answer, for pages that ask before they act. For the server alone.';
grant execute on function authz.see_token(text, bytea) to relata_server;

create or replace function private.forget_tokens(user_id uuid, kinds text[]) returns void
language sql
begin atomic
  delete from private.one_time_tokens t where t.user_id = forget_tokens.user_id and t.kind = any (forget_tokens.kinds);
end;

comment on function private.forget_tokens(uuid, text[]) is
  'Forgets a user''s tokens of some kinds: a new one makes the old ones worthless.';

create or replace function authz.expire_tokens() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _expired as (
    delete from private.one_time_tokens t where t.expires_at < now() returning 1
  )
  select count(*) from _expired;
end;

comment on function authz.expire_tokens() is
  'Forgets tokens whose time is over and answers how many. For the worker alone.';
grant execute on function authz.expire_tokens() to relata_worker;
