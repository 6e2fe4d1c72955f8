-- Notes, tasks and files can be about any record: a new custom object becomes a
-- target of theirs, in the same transaction.

create or replace function private.create_targets(_object core.objects) returns void
language plpgsql
as $$
declare
  _owner core.objects;
  _name text := 'target' || private.upper_first(_object.name_singular);
  _field core.fields;
  _spec jsonb;
begin
  -- In one order, so that two who do this wait for each other and do not lock up.
  for _owner in
    select * from core.objects o
    where o.workspace_id = _object.workspace_id and not o.is_custom
      and o.name_singular in ('attachment', 'noteTarget', 'taskTarget')
    order by o.name_singular
  loop
    _field := private.add_field(_owner,
      jsonb_build_object('type', 'RELATION', 'name', _name, 'isCustom', false, 'isSystem', true), 'data.nameSingular');
    _spec := jsonb_build_object('targetFieldName', _owner.name_plural);
    perform private.build_relations(array[private.add_relation(
      _field, private.add_other_side(_field, _object, _spec, 'data.nameSingular', true), 'MANY_TO_ONE', 'CASCADE')]);
  end loop;
end
$$;

comment on function private.create_targets(core.objects) is
  'Makes a custom object a target of attachments, noteTargets and taskTargets, as the standard objects are.';
