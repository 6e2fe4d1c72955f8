-- What is done with rules that there are.

create or replace function private.rule_of(data jsonb) returns core.rules
language plpgsql
as $$
declare
  _rule core.rules;
begin
  select * into _rule from core.rules r
    where r.workspace_id = authz.workspace_id() and r.id::text = lower(data ->> 'id') for update;
  if not found then
    perform private.fail('NTFND', 'There is no such rule.', 'data.id');
  end if;
  return _rule;
end
$$;

comment on function private.rule_of(jsonb) is
  'The rule of {id}, in the workspace this transaction speaks for; NOT_FOUND otherwise.';

create or replace function private.drop_rule(_rule core.rules) returns void
language sql
return private.run(format('alter table %s drop constraint if exists %I', private.table_of(_rule.object_id), private.rule_constraint(_rule.name)));

comment on function private.drop_rule(core.rules) is
  'Takes away a rule''s check.';

create or replace function private.change_update_rule(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.rules := private.rule_of(data);
  _update jsonb := data - 'id';
  _data jsonb;
  _new core.rules;
begin
  if _update - '{name,message,expression,onlyNewRecords}'::text[] <> '{}' then
    perform private.fail('INPUT', 'Of a rule, name, message, expression and onlyNewRecords change.', 'data');
  end if;
  _data := private.rule_data(_old) || _update;
  perform private.check_rule(_data);
  if exists (select from core.rules r
             where r.object_id = _old.object_id and r.id <> _old.id and lower(r.name) = lower(_data ->> 'name')) then
    perform private.fail('NAMEX', 'This object already has a rule of that name.', 'data.name');
  end if;
  update core.rules r
    set name = _data ->> 'name', message = _data ->> 'message', expression = _data -> 'expression',
        only_new_records = coalesce((_data ->> 'onlyNewRecords')::boolean, false), status = 'READY', status_reason = null
    where r.id = _old.id
    returning * into _new;
  perform private.drop_rule(_old);
  perform private.build_rule(_new);
  return jsonb_build_object('id', _old.id, 'inverse', jsonb_build_object('kind', 'updateRule',
    'data', private.rule_data(_old) - '{objectId,kind,createdAt}'::text[]));
end
$$;

comment on function private.change_update_rule(jsonb) is
  'Changes a rule ({id, name, message, expression, onlyNewRecords}); answers {id, inverse}.';

create or replace function private.change_delete_rule(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _rule core.rules := private.rule_of(data);
begin
  delete from core.rules r where r.id = _rule.id;
  perform private.drop_rule(_rule);
  return jsonb_build_object('id', _rule.id,
    'inverse', jsonb_build_object('kind', 'createRule', 'data', private.rule_data(_rule)));
end
$$;

comment on function private.change_delete_rule(jsonb) is
  'Deletes a rule ({id}); answers {id, inverse}.';
