-- What a change of permissions would do: it is made, looked at, and taken back. Whom it
-- concerns is told by what private.access and the rules say before and after; for these the
-- records that they see are counted, by the policies themselves.

create or replace function private.seen_records(caller_id uuid, object_id uuid) returns uuid[]
language plpgsql
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _tbl regclass := private.table_of(object_id)::regclass;
  _role text;
  _ids uuid[];
begin
  begin
    select c.request_role into _role from authz.claim(caller_id, _workspace_id, null) c;
    execute (
      select format('select array_agg(x.id) from %s x where x.deleted_at is null and (%s) %s', _tbl,
        coalesce(string_agg(format('(%s)', p.expression), ' or ') filter (where p.is_permissive), 'false'),
        string_agg(format(' and (%s)', p.expression), '') filter (where not p.is_permissive))
      from private.policies_of(_tbl, _role, 'read') p) into _ids;
    -- The claim is taken back.
    raise exception using errcode = 'ROLLB';
  exception
    when sqlstate 'ROLLB' then null;
    when sqlstate 'LOGIN' or sqlstate 'SUSPD' then _ids := '{}';
  end;
  return coalesce(_ids, '{}');
end
$$;

comment on function private.seen_records(uuid, uuid) is
  'The living records of an object that a member or an API key sees.';

create or replace function private.sights(workspace_id uuid) returns jsonb
language sql stable
return (
  select coalesce(jsonb_object_agg(a.caller_id || ' ' || o.id, md5(concat_ws(' ',
           a.permissions && array['*', '*.read', o.name_plural || '.read'], o.name_plural || '.read' = any (a.conditions),
           (select string_agg(r.id || r.predicate::text, ',' order by r.id) from core.row_rules r
            where r.object_id = o.id and r.id || '.read' = any (a.rules))))), '{}')
  from private.access a join core.objects o on o.workspace_id = a.workspace_id
  where a.workspace_id = sights.workspace_id and o.is_active
);

comment on function private.sights(uuid) is
  'What decides which records of each object each caller sees, as a hash, by "caller object".';

create or replace function private.change_permissions(kind text, data jsonb) returns uuid
language plpgsql
as $$
begin
  return case kind
    when 'setRowRules' then core.set_row_rules((data ->> 'roleId')::uuid, (data ->> 'objectId')::uuid, data -> 'rules')
    when 'setFieldPermissions' then core.set_field_permissions((data ->> 'roleId')::uuid, data -> 'fields')
    when 'setObjectPermissions' then core.set_object_permissions((data ->> 'roleId')::uuid, data -> 'objects')
    when 'assignRoles' then core.assign_roles((data ->> 'holderId')::uuid, array(select jsonb_array_elements_text(data -> 'roleIds')::uuid))
    when 'updateRole' then core.update_role((data ->> 'id')::uuid, data - 'id') end;
end
$$;

comment on function private.change_permissions(text, jsonb) is
  'Makes one change of permissions, by its kind.';

create or replace function core.plan_access(kind text, data jsonb) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _before jsonb;
  _after jsonb;
  _pair record;
  _seen jsonb := '{}';
  _effects jsonb := '[]';
  _fields jsonb;
  _was uuid[];
  _is uuid[];
  _id uuid;
begin
  perform authz.require_permission('roles');
  _before := private.sights(_workspace_id);
  _fields := (select jsonb_object_agg(a.caller_id, a.fields_key) from private.access a where a.workspace_id = _workspace_id);
  -- Once to know whom it concerns, and once to see what they see then.
  begin
    perform private.change_permissions(kind, data);
    _after := private.sights(_workspace_id);
    raise exception using errcode = 'ROLLB';
  exception when sqlstate 'ROLLB' then null;
  end;
  for _pair in select b.key, split_part(b.key, ' ', 1)::uuid as caller_id, split_part(b.key, ' ', 2)::uuid as object_id
               from jsonb_each(_before) b where b.value is distinct from _after -> b.key order by b.key limit 500 loop
    _seen := _seen || jsonb_build_object(_pair.key, private.seen_records(_pair.caller_id, _pair.object_id));
  end loop;
  begin
    _id := private.change_permissions(kind, data);
    for _pair in select s.key, split_part(s.key, ' ', 1)::uuid as caller_id, split_part(s.key, ' ', 2)::uuid as object_id from jsonb_each(_seen) s loop
      _was := array(select jsonb_array_elements_text(_seen -> _pair.key)::uuid);
      _is := private.seen_records(_pair.caller_id, _pair.object_id);
      _effects := _effects || (
        select jsonb_build_object('holder', private.name_of_caller(_pair.caller_id), 'object', o.name_plural,
                 'appear', (select count(*) from (select unnest(_is) except select unnest(_was)) x),
                 'vanish', (select count(*) from (select unnest(_was) except select unnest(_is)) x))
        from core.objects o where o.id = _pair.object_id);
    end loop;
    select coalesce(jsonb_agg(private.name_of_caller(a.caller_id) order by private.name_of_caller(a.caller_id)), '[]') into _fields
      from private.access a where a.workspace_id = _workspace_id and to_jsonb(a.fields_key) is distinct from nullif(_fields -> a.caller_id::text, 'null');
    raise exception using errcode = 'ROLLB';
  exception when sqlstate 'ROLLB' then null;
  end;
  return jsonb_build_object('isPlan', true, 'id', _id, 'otherFields', _fields, 'records', (
    select coalesce(jsonb_agg(e order by e ->> 'object', e ->> 'holder'), '[]') from jsonb_array_elements(_effects) e));
end
$$;

comment on function core.plan_access(text, jsonb) is
  'What a change of permissions (setRowRules, setFieldPermissions, setObjectPermissions, assignRoles, updateRole) would do, made and taken back: {id, records: [{holder, object, appear, vanish}], otherFields: whose fields change}. Needs roles. Errors as for the change.';
grant execute on function core.plan_access(text, jsonb) to relata_reader;

create or replace function private.name_of_caller(caller_id uuid) returns text
language sql stable
return coalesce((select u.email from core.users u where u.id = caller_id), (select k.name from core.api_keys k where k.id = caller_id));

comment on function private.name_of_caller(uuid) is
  'The address of a member''s user, or the name of an API key.';
