-- Who may do what with a record, and why, for whoever may know.

create or replace function core.access(object_name text, record_id uuid, holder_id uuid default null) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object core.objects := (
    select o from core.objects o where o.workspace_id = authz.workspace_id() and object_name in (o.name_singular, o.name_plural, o.id::text));
  _is_self boolean := coalesce(holder_id = authz.member_id(), holder_id is null);
  _caller_id uuid;
  _answers jsonb;
begin
  if not _is_self then
    perform authz.require_permission('roles');
    perform private.require_roles_manager();
  end if;
  _caller_id := case when holder_id is null then authz.user_id()
    else (select a.caller_id from private.access a where a.workspace_id = authz.workspace_id() and access.holder_id in (a.member_id, a.api_key_id)) end;
  if _object.id is null then
    perform private.fail('NTFND', 'There is no such object.', 'object');
  elsif _caller_id is null then
    perform private.fail('NTFND', 'There is no such member or API key.', 'memberId');
  end if;
  select jsonb_object_agg(a, private.why(_caller_id, _object.id, record_id, a)) into _answers from unnest('{read,update,delete,destroy}'::text[]) a;
  if _is_self and not (_answers -> 'read' -> 'may')::boolean and not authz.has_permission('roles') then
    -- Of what he does not see he does not learn that it is there.
    return jsonb_build_object('can', '{"read": false, "update": false, "delete": false, "destroy": false}'::jsonb,
      'because', jsonb_build_array('read: there is no such record, or it is not open to you'), 'hiddenFields', '[]'::jsonb, 'frozenFields', '[]'::jsonb);
  end if;
  return jsonb_build_object(
    'can', (select jsonb_object_agg(a, v -> 'may') from jsonb_each(_answers) x (a, v)),
    'because', (select jsonb_agg(format('%s: %s', a, v ->> 'because') order by array_position('{read,update,delete,destroy}', a)) from jsonb_each(_answers) x (a, v)))
    || private.fields_held_back(_caller_id, _object.id);
end
$$;

comment on function core.access(text, uuid, uuid) is
  'What a member or an API key (oneself, when none is named; others need roles) may do with a record, and what decides: {can: {read, update, delete, destroy}, because, hiddenFields, frozenFields}. Errors: NOT_FOUND, PERMISSION_DENIED.';
grant execute on function core.access(text, uuid, uuid) to relata_reader;

create or replace function private.fields_held_back(caller_id uuid, object_id uuid) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'hiddenFields', coalesce((select jsonb_agg(f.name order by f.name) from core.fields f where f.id = any (l.hidden) and f.object_id = fields_held_back.object_id), '[]'),
    'frozenFields', coalesce((select jsonb_agg(f.name order by f.name) from core.fields f where f.id = any (l.frozen) and f.object_id = fields_held_back.object_id), '[]'))
  from (select 1) one
  left join private.access a on a.workspace_id = authz.workspace_id() and a.caller_id = fields_held_back.caller_id
  left join private.field_limits l on l.workspace_id = a.workspace_id and l.fields_key = a.fields_key and a.request_role = 'relata_limited_' || l.slot
);

comment on function private.fields_held_back(uuid, uuid) is
  'The fields of an object that a member or an API key does not read, or does not write.';
