-- What each member and each API key may do: the sum of the roles held, worked out when
-- roles change, so that authz.claim reads one row. Nothing here is said that the tables
-- of core do not say; private.build_access makes all of it anew.

create table if not exists private.access (
  workspace_id uuid not null references core.workspaces on delete cascade,
  caller_id    uuid not null,
  member_id    uuid,
  api_key_id   uuid,
  role_ids     uuid[] not null default '{}',
  permissions  text[] not null default '{}',
  request_role text not null,
  fields_key   text,
  conditions   text[] not null default '{}',
  rules        text[] not null default '{}',
  my_values    jsonb not null default '{}',
  primary key (workspace_id, caller_id),
  check (num_nonnulls(member_id, api_key_id) = 1),
  foreign key (workspace_id, member_id) references core.workspace_members (workspace_id, id) on delete cascade,
  foreign key (workspace_id, api_key_id) references core.api_keys (workspace_id, id) on delete cascade
);

create index if not exists access_workspace_id_member_id_idx on private.access (workspace_id, member_id);
create index if not exists access_workspace_id_api_key_id_idx on private.access (workspace_id, api_key_id);

comment on table private.access is
  'The sum of the roles of each member and API key, for authz.claim. Derived: private.build_access.';
comment on column private.access.caller_id is
  'Whom a claim names: the user who is the member, or the API key.';
comment on column private.access.request_role is
  'The PostgreSQL role that his requests become.';
comment on column private.access.fields_key is
  'A hash of the fields that are held back from him; part of the shape of his GraphQL schema. Null for none.';

comment on column private.access.conditions is
  'For which permissions (companies.read) rules of rows decide which records: those that he has by no role without such a rule.';
comment on column private.access.rules is
  'The rules of rows that open records to him, each as id.action.';

comment on column private.access.my_values is
  'What these rules need to know of the member: {my_team: its value, with_my_team: the members who have the same}.';

-- Holders before roles, so that who holds none is there as well.
create or replace function private.holders(workspace_id uuid)
returns table (caller_id uuid, member_id uuid, api_key_id uuid, role_id uuid, permissions text[])
language sql stable
begin atomic
  select m.user_id, m.id, null::uuid, r.id, r.permissions
  from core.workspace_members m
  left join core.role_assignments a on a.workspace_id = m.workspace_id and a.member_id = m.id
  left join core.roles r on r.id = a.role_id
  where m.workspace_id = holders.workspace_id
  union all
  select k.id, null, k.id, r.id, r.permissions
  from core.api_keys k
  left join core.role_assignments a on a.workspace_id = k.workspace_id and a.api_key_id = k.id
  left join core.roles r on r.id = a.role_id
  where k.workspace_id = holders.workspace_id;
end;

comment on function private.holders(uuid) is
  'The members and API keys of a workspace, with each role held; who holds none comes once, without.';

create or replace function private.request_role_of(permissions text[]) returns text
language sql immutable
return case
  when permissions && '{*,data_model}' then 'relata_admin'
  when exists (select from unnest(permissions) p where p = 'views' or p ~ '\.(create|update|delete|destroy)$') then 'relata_member'
  else 'relata_guest'
end;

comment on function private.request_role_of(text[]) is
  'What requests with these permissions become, when no field is held back.';

create or replace function private.build_access(workspace_id uuid) returns void
language plpgsql
as $$
declare
  _before text;
  _limited text;
begin
  if not exists (select from core.workspaces w where w.id = build_access.workspace_id) then
    return; -- it is being deleted
  end if;
  select string_agg(concat_ws(' ', a.caller_id, a.request_role, a.fields_key), ',' order by a.caller_id) into _before
    from private.access a where a.workspace_id = build_access.workspace_id and a.fields_key is not null;
  select string_agg(a.caller_id::text, ',' order by a.caller_id) into _limited
    from private.access a where a.workspace_id = build_access.workspace_id and a.conditions <> '{}';

  insert into private.access as a (workspace_id, caller_id, member_id, api_key_id, role_ids, permissions, request_role)
    select build_access.workspace_id, h.caller_id, h.member_id, h.api_key_id,
           h.role_ids, h.permissions, private.request_role_of(h.permissions)
    from (
      select s.caller_id, s.member_id, s.api_key_id,
             array_remove(array_agg(distinct s.role_id order by s.role_id), null) as role_ids,
             array_remove(array_agg(distinct p order by p), null) as permissions
      from private.holders(build_access.workspace_id) s left join lateral unnest(s.permissions) p on true
      group by s.caller_id, s.member_id, s.api_key_id) h
  on conflict on constraint access_pkey do update
    set role_ids = excluded.role_ids, permissions = excluded.permissions, request_role = excluded.request_role, fields_key = null
    where (a.role_ids, a.permissions, a.request_role, a.fields_key) is distinct from
          (excluded.role_ids, excluded.permissions, excluded.request_role, excluded.fields_key);

  perform private.limit_fields(build_access.workspace_id);
  perform private.limit_rows(build_access.workspace_id);
  perform private.build_bi(build_access.workspace_id);

  -- Servers remember which schema a caller has: they have to look again.
  if _before is distinct from (
    select string_agg(concat_ws(' ', a.caller_id, a.request_role, a.fields_key), ',' order by a.caller_id)
    from private.access a where a.workspace_id = build_access.workspace_id and a.fields_key is not null)
  then
    update core.workspaces w set metadata_version = w.metadata_version + 1, compatible_from = w.metadata_version + 1
      where w.id = build_access.workspace_id;
  elsif _limited is distinct from (
    select string_agg(a.caller_id::text, ',' order by a.caller_id)
    from private.access a where a.workspace_id = build_access.workspace_id and a.conditions <> '{}')
  then
    -- And whose statements are planned alone; what they answer until then is right.
    update core.workspaces w set metadata_version = w.metadata_version + 1 where w.id = build_access.workspace_id;
  end if;
end
$$;

comment on function private.build_access(uuid) is
  'Works out anew what the members and API keys of a workspace may do. Called by triggers on what decides it.';

create or replace function private.lock_access(workspace_id uuid) returns void
language plpgsql
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('relata.access.' || workspace_id, 0));
end
$$;

comment on function private.lock_access(uuid) is
  'Lets one transaction at a time change who may do what in a workspace: what it looks at next is what the others have committed.';

create or replace function private.tg__access() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _claimed text := coalesce(current_setting('relata.workspace_id', true), '');
  _workspace_id uuid;
begin
  -- Whoever it was, and whatever he claimed: a DBA at psql claims nothing.
  for _workspace_id in select distinct c.workspace_id from changed c loop
    perform set_config('relata.workspace_id', _workspace_id::text, true);
    -- Or the access of who goes at the same moment would be made anew.
    perform private.lock_access(_workspace_id);
    perform private.build_access(_workspace_id);
  end loop;
  perform set_config('relata.workspace_id', _claimed, true);
  return null;
end
$$;

comment on function private.tg__access() is
  'After members, keys, roles or what they hold changed: brings private.access up to date.';

do $$
declare
  _tbl text;
  _event text;
begin
  foreach _tbl in array '{workspace_members,api_keys,roles,role_assignments,field_permissions,row_rules}'::text[] loop
    foreach _event in array '{insert,update,delete}'::text[] loop
      execute format('create or replace trigger _800_access_%s after %s on core.%I referencing %s table as changed
        for each statement execute function private.tg__access()', _event, _event, _tbl, case _event when 'delete' then 'old' else 'new' end);
    end loop;
  end loop;
end
$$;
