-- Rules are created, changed and deleted: the row, and the check that it becomes.

create or replace function private.rule_constraint(name text) returns text
language sql immutable
return private.snake_case(name) || '_rule';

comment on function private.rule_constraint(text) is
  'What a rule''s check is called in the catalog.';

create or replace function private.rule_check(_rule core.rules, expression text) returns text
language sql stable
-- A deleted record is nobody's concern, and must stay deletable.
return format('alter table %s add constraint %I check (deleted_at is not null or (%s) is not false or authz.break_rule(%L, %L))%s',
  private.table_of(_rule.object_id), private.rule_constraint(_rule.name), expression, _rule.name, _rule.message,
  case when _rule.only_new_records or _rule.status = 'BUILDING' then ' not valid' else '' end);

comment on function private.rule_check(core.rules, text) is
  'The statement that makes a rule''s check.';

create or replace function private.rule_breakers(_rule core.rules, expression text, out broken bigint, out words text)
language plpgsql stable
as $$
begin
  execute format('select count(*) from %s where deleted_at is null and (%s) is false', private.table_of(_rule.object_id), expression) into broken;
  words := format('%s of the records there are break this rule; onlyNewRecords lets them be.', broken);
end
$$;

comment on function private.rule_breakers(core.rules, text) is
  'How many living records break a rule, in words, too.';

create or replace function private.build_rule(_rule core.rules) returns void
language plpgsql
as $$
declare
  _made record;
begin
  select * into _made from private.compile_expression(_rule.object_id, _rule.expression);
  if _made.type <> 'boolean' then
    perform private.fail('EXPRN', format('A rule is true or false, and this is a %s.', _made.type), 'data.expression');
  end if;
  if not _rule.only_new_records and private.is_large(_rule.object_id) then
    update core.rules r set status = 'BUILDING', status_reason = null where r.id = _rule.id returning * into _rule;
    perform private.queue_build(_rule.workspace_id, 'RULE', _rule.id);
  elsif not _rule.only_new_records then
    perform private.fail('EXIST', b.words, 'data.expression') from private.rule_breakers(_rule, _made.sql) b where b.broken > 0;
  end if;
  perform private.run(private.rule_check(_rule, _made.sql));
end
$$;

comment on function private.build_rule(core.rules) is
  'Makes a rule''s check, once the records there are pass it; EXISTING_RECORDS tells how many do not, on a large table the rule''s status, later.';

create or replace function private.check_rule(data jsonb) returns void
language plpgsql
as $$
begin
  if coalesce(data ->> 'kind', 'CHECK') <> 'CHECK' then
    perform private.fail('INPUT', 'A rule''s kind is CHECK.', 'data.kind');
  elsif jsonb_typeof(coalesce(data -> 'onlyNewRecords', 'false')) <> 'boolean' then
    perform private.fail('INPUT', 'onlyNewRecords is true or false.', 'data.onlyNewRecords');
  end if;
  perform private.check_name(data ->> 'name', 'data.name');
  perform private.check_label(data ->> 'message', 'data.message');
end
$$;

comment on function private.check_rule(jsonb) is
  'Nothing for a rule that has a name and words; an error otherwise.';

create or replace function private.change_create_rule(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _rule core.rules;
begin
  data := jsonb_strip_nulls(data - 'expression') || jsonb_build_object('expression', data -> 'expression');
  data := '{"message": "The record breaks a rule."}' || data;
  perform private.check_rule(data);
  if exists (select from core.rules r where r.object_id = _object.id and lower(r.name) = lower(data ->> 'name')) then
    perform private.fail('NAMEX', 'This object already has a rule of that name.', 'data.name');
  elsif (select count(*) from core.rules r where r.object_id = _object.id) >= 50 then
    perform private.fail('LIMIT', 'An object has at most 50 rules.', 'data');
  end if;
  insert into core.rules (id, workspace_id, object_id, name, message, expression, only_new_records, created_at)
    values (coalesce((data ->> 'id')::uuid, authz.uuid_v7()), _object.workspace_id, _object.id, data ->> 'name', data ->> 'message',
            coalesce(data -> 'expression', 'null'), coalesce((data ->> 'onlyNewRecords')::boolean, false),
            coalesce((data ->> 'createdAt')::timestamptz, now()))
    returning * into _rule;
  perform private.build_rule(_rule);
  return jsonb_build_object('id', _rule.id,
    'inverse', jsonb_build_object('kind', 'deleteRule', 'data', jsonb_build_object('id', _rule.id)));
end
$$;

comment on function private.change_create_rule(jsonb) is
  'Creates a rule ({objectId, name, message, expression, onlyNewRecords}); answers {id, inverse}.';

create or replace function private.rule_data(_rule core.rules) returns jsonb
language sql immutable
return jsonb_build_object('id', _rule.id, 'objectId', _rule.object_id, 'kind', _rule.kind, 'name', _rule.name,
  'message', _rule.message, 'expression', _rule.expression, 'onlyNewRecords', _rule.only_new_records, 'createdAt', _rule.created_at);

comment on function private.rule_data(core.rules) is
  'A rule as it would be created.';
