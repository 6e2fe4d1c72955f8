-- The rules of rows of a role are said object by object: all that it has from then on.

create or replace function core.set_row_rules(role_id uuid, object_id uuid, rules jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
declare
  _role core.roles;
  _object core.objects;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _role := private.role_to_change(set_row_rules.role_id, 'roleId');
  _object := private.object_of(set_row_rules.object_id::text, 'objectId');
  if _role.permissions && '{*,data_model}' then
    perform private.fail('ROLEX', 'Who shapes the data model can read every record: from such a role none is held back.', 'roleId');
  elsif jsonb_array_length(rules) > 20 then
    perform private.fail('LIMIT', 'A role has at most 20 rules for an object.', 'rules');
  elsif _object.name_singular = 'workspaceMember' and not _object.is_custom then
    perform private.fail('ROLEX', 'Members know each other: their records are open to whoever reads them.', 'objectId');
  end if;
  perform private.lock_metadata(_role.workspace_id);
  perform private.write_row_rules(_role, _object, rules);
  perform private.rebuild_row_policies(_object.id);
  return _role.id;
end
$$;

comment on function core.set_row_rules(uuid, uuid, jsonb) is
  'Says by which rules a role opens the records of an object ([{name, label, actions, predicate}]; every record when there are none) and answers the role''s id. Needs roles. Errors: NOT_FOUND, ROLE_INVALID, EXPRESSION_INVALID, NAME_INVALID, NAME_TAKEN, LIMIT_EXCEEDED.';
grant execute on function core.set_row_rules(uuid, uuid, jsonb) to relata_reader;

create or replace function private.write_row_rules(_role core.roles, _object core.objects, rules jsonb) returns void
language plpgsql
as $$
declare
  _rule record;
  _id uuid;
  _kept text[] := '{}';
begin
  for _rule in
    select r ->> 'name' as name, coalesce(nullif(btrim(r ->> 'label'), ''), private.words(r ->> 'name')) as label, r -> 'predicate' as predicate,
           array(select distinct lower(a) from jsonb_array_elements_text(coalesce(nullif(r -> 'actions', 'null'), '["read","update","delete","destroy"]')) a order by 1) as actions,
           'rules.' || (n - 1) as path
    from jsonb_array_elements(rules) with ordinality x (r, n) order by n
  loop
    if coalesce(_rule.name !~ '^[a-z][a-zA-Z0-9]{0,62}$', true) then
      perform private.fail('NAMEV', 'The name of a rule is camelCase, 1 to 63 letters and digits.', _rule.path || '.name');
    elsif _rule.name = any (_kept) then
      perform private.fail('NAMEX', 'Another rule has that name.', _rule.path || '.name');
    elsif length(_rule.label) > 255 or _rule.label ~ '[[:cntrl:]]' then
      perform private.fail('LABEL', 'A label is a text of 1 to 255 characters.', _rule.path || '.label');
    elsif _rule.actions = '{}' or not _rule.actions <@ '{create,delete,destroy,read,update}' then
      perform private.fail('ROLEX', 'A rule is about read, create, update, delete or destroy.', _rule.path || '.actions');
    end if;
    _kept := _kept || _rule.name;
    select coalesce((select r.id from core.row_rules r where r.role_id = _role.id and r.object_id = _object.id and r.name = _rule.name), authz.uuid_v7()) into _id;
    perform private.compile_row_rule(_object.id, _rule.predicate, _rule.path || '.predicate');
    insert into core.row_rules as r (id, workspace_id, role_id, object_id, name, label, actions, predicate, printed, member_columns)
      values (_id, _role.workspace_id, _role.id, _object.id, _rule.name, _rule.label, _rule.actions, _rule.predicate, private.print_row_rule(_rule.predicate), private.member_columns(_rule.predicate))
    on conflict (id) do update
      set label = excluded.label, actions = excluded.actions, predicate = excluded.predicate, printed = excluded.printed, member_columns = excluded.member_columns;
  end loop;
  delete from core.row_rules r where r.role_id = _role.id and r.object_id = _object.id and r.name <> all (_kept);
end
$$;

comment on function private.write_row_rules(core.roles, core.objects, jsonb) is
  'Writes the rules that a role has for an object, each by its name; those that are not named are gone.';
