-- API keys are made, ended and given roles by those who hold the permission `api_keys`.
-- The server makes the secret and keeps its hash; nobody can read either again.

create or replace function core.create_api_key(data jsonb, role_ids uuid[], token_hash bytea) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _key core.api_keys;
begin
  perform authz.require_permission('api_keys');
  perform private.require_roles_manager('api_keys');
  if length(btrim(coalesce(data ->> 'name', ''))) not between 1 and 255 then
    perform private.fail('LABEL', 'The name of a key is a text of 1 to 255 characters.', 'data.name');
  elsif (data ->> 'expiresAt')::timestamptz <= now() then
    perform private.fail('INPUT', 'That is over already.', 'data.expiresAt');
  elsif coalesce(cardinality(create_api_key.role_ids), 0) = 0 then
    perform private.fail('INPUT', 'A key holds at least one role.', 'data.roleIds');
  elsif (select count(*) from core.api_keys k where k.workspace_id = authz.workspace_id() and k.revoked_at is null and k.expires_at > now()) >= 500 then
    perform private.fail('LIMIT', 'A workspace has at most 500 keys at a time.');
  end if;
  insert into core.api_keys (workspace_id, name, expires_at)
    values (authz.workspace_id(), btrim(data ->> 'name'), coalesce((data ->> 'expiresAt')::timestamptz, now() + interval '1 year'))
    returning * into _key;
  perform private.keep_api_key(_key.id, token_hash);
  perform private.give_key_roles(_key.id, create_api_key.role_ids);
  return _key.id;
end
$$;

comment on function core.create_api_key(jsonb, uuid[], bytea) is
  'Keeps a new API key ({name, expiresAt, a year when nothing is said}) with its roles and the SHA-256 of its token, and answers its id. Needs api_keys, and each permission of the roles. Errors: LABEL_INVALID, BAD_INPUT, NOT_FOUND, LIMIT_EXCEEDED.';
grant execute on function core.create_api_key(jsonb, uuid[], bytea) to relata_reader;

create or replace function private.give_key_roles(api_key_id uuid, role_ids uuid[]) returns void
language plpgsql
as $$
declare
  _role record;
begin
  for _role in
    select x.id, r.permissions from unnest(give_key_roles.role_ids) x (id)
    left join core.roles r on r.id = x.id and r.workspace_id = authz.workspace_id()
  loop
    if _role.permissions is null then
      perform private.fail('NTFND', 'There is no such role.', 'data.roleIds');
    end if;
    perform private.require_grantable(_role.permissions, 'data.roleIds');
  end loop;
  insert into core.role_assignments (workspace_id, role_id, api_key_id)
    select distinct authz.workspace_id(), x, give_key_roles.api_key_id from unnest(give_key_roles.role_ids) x
  on conflict do nothing;
end
$$;

comment on function private.give_key_roles(uuid, uuid[]) is
  'Gives an API key roles; NOT_FOUND for one that is not there, PERMISSION_DENIED for one that holds more than the caller.';

create or replace function private.api_key_to_change(id uuid) returns core.api_keys
language plpgsql
as $$
declare
  _key core.api_keys;
begin
  select * into _key from core.api_keys k where k.id = api_key_to_change.id and k.workspace_id = authz.workspace_id() for update;
  if not found then
    perform private.fail('NTFND', 'There is no such API key.', 'id');
  end if;
  return _key;
end
$$;

comment on function private.api_key_to_change(uuid) is
  'An API key of the caller''s workspace; NOT_FOUND for another.';

create or replace function core.update_api_key(id uuid, data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _key core.api_keys;
begin
  perform authz.require_permission('api_keys');
  _key := private.api_key_to_change(update_api_key.id);
  if data ? 'name' and length(btrim(coalesce(data ->> 'name', ''))) not between 1 and 255 then
    perform private.fail('LABEL', 'The name of a key is a text of 1 to 255 characters.', 'data.name');
  elsif (data ->> 'expiresAt')::timestamptz > _key.expires_at then
    perform private.fail('INPUT', 'A key can end sooner, not later: make a new one.', 'data.expiresAt');
  end if;
  update core.api_keys k
    set name = coalesce(btrim(data ->> 'name'), k.name), expires_at = coalesce((data ->> 'expiresAt')::timestamptz, k.expires_at),
        revoked_at = coalesce(k.revoked_at, (data ->> 'revokedAt')::timestamptz)
    where k.id = _key.id;
  return _key.id;
end
$$;

comment on function core.update_api_key(uuid, jsonb) is
  'Changes an API key ({name, expiresAt, revokedAt}) and answers its id; it can end sooner, never later. Needs api_keys. Errors: NOT_FOUND, LABEL_INVALID, BAD_INPUT.';
grant execute on function core.update_api_key(uuid, jsonb) to relata_reader;

create or replace function core.replace_api_key_token(id uuid, token_hash bytea, expires_at timestamptz default null) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _key core.api_keys;
begin
  perform authz.require_permission('api_keys');
  perform private.require_roles_manager('api_keys');
  _key := private.api_key_to_change(replace_api_key_token.id);
  if _key.revoked_at is not null then
    perform private.fail('INPUT', 'That key has been revoked.', 'id');
  end if;
  perform private.require_grantable(r.permissions, 'id')
    from core.role_assignments a join core.roles r on r.id = a.role_id where a.api_key_id = _key.id;
  perform private.keep_api_key(_key.id, token_hash);
  update core.api_keys k set expires_at = coalesce(replace_api_key_token.expires_at, k.expires_at) where k.id = _key.id;
  return _key.id;
end
$$;

comment on function core.replace_api_key_token(uuid, bytea, timestamptz) is
  'Keeps the SHA-256 of a new token for an API key, whose former token ends at once; answers its id. Needs api_keys, and each permission of its roles. Errors: NOT_FOUND, BAD_INPUT when it has been revoked.';
grant execute on function core.replace_api_key_token(uuid, bytea, timestamptz) to relata_reader;
