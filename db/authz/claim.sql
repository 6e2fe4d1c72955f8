-- The door between a request and the tables. The server says who it believes the
-- caller is; this looks the membership up, makes the claims that every policy asks
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
  _member record;
begin
  perform set_config('relata.workspace_id', claim.workspace_id::text, true),
          set_config('relata.user_id', claim.user_id::text, true);

  select m.id, r.permissions, u.first_name, u.last_name, w.schema_name, w.metadata_version, w.compatible_from, w.limits
    into _member
    from core.workspace_members m
    join core.roles r on r.id = m.role_id
    join core.users u on u.id = m.user_id
    join core.workspaces w on w.id = m.workspace_id
    where m.workspace_id = claim.workspace_id and m.user_id = claim.user_id
      -- What is no sign-in (a job, a script) names none.
      and (claim.session_id is null or exists (
        select from private.sessions s
        where s.id = claim.session_id and s.user_id = claim.user_id and s.workspace_id = claim.workspace_id and s.expires_at > now()));
  if not found and claim.user_id = authz.machine_id() then
    -- Relata's own work: every record, and no data model.
    select null::uuid as id, '{*.read,*.create,*.update,*.delete,*.destroy}'::text[] as permissions, 'Relata' as first_name, '' as last_name,
           w.schema_name, w.metadata_version, w.compatible_from, w.limits
      into _member
      from core.workspaces w where w.id = claim.workspace_id;
  end if;
  if not found then
    perform private.fail('LOGIN', 'Sign in first.');
  end if;
  if planned_version < _member.compatible_from then
    perform private.fail('STALE', 'The data model has changed.');
  end if;

  perform set_config('relata.member_id', _member.id::text, true),
          set_config('relata.permissions', array_to_string(_member.permissions, ','), true),
          set_config('relata.actor_name', btrim(_member.first_name || ' ' || _member.last_name), true),
          set_config('relata.actor_source', case when _member.id is null then 'SYSTEM' else 'API' end, true);

  if _member.limits ? 'statementTimeoutMs' then
    perform set_config('statement_timeout', _member.limits ->> 'statementTimeoutMs', true);
  end if;

  request_role := case
    when _member.permissions && '{*,data_model}' then 'relata_admin'
    when exists (select from unnest(_member.permissions) p where p = 'views' or p ~ '\.(create|update|delete|destroy)$') then 'relata_member'
    else 'relata_guest'
  end;
  schema_name := _member.schema_name;
  metadata_version := _member.metadata_version;
  return next;
end
$$;

comment on function authz.claim(uuid, uuid, bigint, uuid) is
  'Makes this transaction speak for a user in a workspace; answers the role to become, the workspace''s schema and its metadata version. LOGIN_REQUIRED when he is no member, or the sign-in that he names is over; STALE when the version the caller planned with may not answer any more. For the server alone.';
grant execute on function authz.claim(uuid, uuid, bigint, uuid) to relata_server;

create or replace function authz.shape_of(user_id uuid, workspace_id uuid)
returns table (schema_name text, shape text, metadata_version bigint, limits jsonb)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.claim(shape_of.user_id, shape_of.workspace_id, null);
  return query
    select w.schema_name, w.shape, w.metadata_version, w.limits from core.workspaces w where w.id = shape_of.workspace_id;
end
$$;

comment on function authz.shape_of(uuid, uuid) is
  'The shape of a member''s workspace, the schema to read it from, and its own limits. LOGIN_REQUIRED when he is no member. For the server alone.';
grant execute on function authz.shape_of(uuid, uuid) to relata_server;
