-- The door between a request and the tables. The server says who it believes the
-- caller is; this looks up what he may do, makes the claims that every policy asks
-- for, and says which role the request becomes. Nothing reaches a table but behind it.
--
-- It runs in the round trip of the query it guards: src/pgAdaptor.ts sends both in
-- one implicit transaction, so when this fails, the query does not run.

create or replace function authz.claim(user_id uuid, workspace_id uuid, planned_version bigint, session_id uuid default null)
returns table (request_role text, schema_name text, metadata_version bigint)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _caller record;
begin
  perform set_config('relata.workspace_id', claim.workspace_id::text, true),
          set_config('relata.user_id', claim.user_id::text, true);

  select a.member_id, a.api_key_id, a.role_ids, a.permissions, a.conditions, a.rules, a.my_values, a.request_role,
         w.schema_name, w.metadata_version, w.compatible_from, w.limits, w.suspended_at, w.closed_at,
         coalesce(nullif(btrim(u.first_name || ' ' || u.last_name), ''), k.name) as name, s.method
    into _caller
    from private.access a
    join core.workspaces w on w.id = a.workspace_id
    left join core.users u on u.id = a.caller_id and a.member_id is not null
    left join core.api_keys k on k.id = a.api_key_id and k.revoked_at is null and k.expires_at > now()
    left join private.sessions s
      on s.id = claim.session_id and s.user_id = claim.user_id and s.workspace_id = claim.workspace_id and s.expires_at > now()
    where a.workspace_id = claim.workspace_id and a.caller_id = claim.user_id and (a.member_id is not null or k.id is not null)
      -- What is no sign-in (a key, a job, a script) names none.
      and (claim.session_id is null or s.id is not null);
  if not found and claim.user_id = authz.machine_id() and claim.session_id is null then
    -- Relata's own work: every record (members' to read alone), and no data model.
    select null::uuid as member_id, null::uuid as api_key_id, '{}'::uuid[] as role_ids,
           '{*.read,*.create,*.update,*.delete,*.destroy}'::text[] as permissions,
           '{}'::text[] as conditions, '{}'::text[] as rules, '{}'::jsonb as my_values, 'relata_member' as request_role,
           w.schema_name, w.metadata_version, w.compatible_from, w.limits, null::timestamptz as suspended_at, w.closed_at,
           'Relata' as name, null::text as method
      into _caller
      from core.workspaces w where w.id = claim.workspace_id;
  end if;
  if not found or _caller.closed_at is not null then
    perform private.fail('LOGIN', 'Sign in first.');
  elsif _caller.suspended_at is not null then
    perform private.fail('SUSPD', 'This workspace is suspended.');
  end if;
  if planned_version < _caller.compatible_from then
    perform private.fail('STALE', 'The data model has changed.');
  end if;

  perform set_config('relata.impersonator_id', '', true),
          set_config('relata.session_id', coalesce(claim.session_id::text, ''), true),
          set_config('relata.sign_in_method', coalesce(_caller.method, ''), true),
          set_config('relata.member_id', coalesce(_caller.member_id::text, ''), true),
          set_config('relata.role_ids', _caller.role_ids::text, true),
          set_config('relata.permissions', array_to_string(_caller.permissions, ','), true),
          set_config('relata.actor_name', coalesce(_caller.name, ''), true),
          set_config('relata.actor_source', case when _caller.member_id is null and _caller.api_key_id is null then 'SYSTEM' else 'API' end, true);

  -- Commas around each, so that one is found by its name; one alone says that there is none.
  perform set_config('relata.conditions', ',' || array_to_string(_caller.conditions || ''::text, ','), true),
          set_config('relata.rules', ',' || array_to_string(_caller.rules || ''::text, ','), true);
  if _caller.my_values <> '{}' then
    perform set_config('relata.' || v.key, v.value, true) from jsonb_each_text(_caller.my_values) v;
  end if;
  if _caller.method = 'IMPERSONATION' then
    perform private.claim_impersonation(claim.session_id);
  end if;

  if _caller.limits ? 'statementTimeoutMs' then
    perform set_config('statement_timeout', _caller.limits ->> 'statementTimeoutMs', true);
  end if;

  request_role := _caller.request_role;
  schema_name := _caller.schema_name;
  metadata_version := _caller.metadata_version;
  return next;
end
$$;

comment on function authz.claim(uuid, uuid, bigint, uuid) is
  'Makes this transaction speak for a user, or an API key, in a workspace; answers the role to become, the workspace''s schema and its metadata version. LOGIN_REQUIRED when he is no member, or the key or the sign-in that he names has ended; STALE when the version the caller planned with may not answer any more. For the server alone.';
grant execute on function authz.claim(uuid, uuid, bigint, uuid) to relata_server;

create or replace function authz.shape_of(user_id uuid, workspace_id uuid)
returns table (schema_name text, shape text, metadata_version bigint, limits jsonb, request_role text, plans_alone boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.claim(shape_of.user_id, shape_of.workspace_id, null);
  return query
    select w.schema_name, w.shape || coalesce('.' || a.fields_key, ''), w.metadata_version, w.limits, case when a.fields_key is not null then a.request_role end,
           coalesce(a.conditions <> '{}', false)
    from core.workspaces w
    left join private.access a on a.workspace_id = w.id and a.caller_id = shape_of.user_id
    where w.id = shape_of.workspace_id;
end
$$;

comment on function authz.shape_of(uuid, uuid) is
  'The shape of a workspace as a caller sees it, the schema to read it from, its own limits, the role to read as when fields are held back from him, and whether rules of rows decide what he sees, so that plans made for others do not suit him. LOGIN_REQUIRED when he has no access. For the server alone.';
grant execute on function authz.shape_of(uuid, uuid) to relata_server;
