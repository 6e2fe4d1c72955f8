-- What a rule asks of the member who calls: compiled here, answered by authz.member_value
-- and authz.colleagues, once a query and past all policies, for the fields of its rule alone.

create or replace function private.member_field(name text, part text, path text, out column_name text, out type text)
language plpgsql stable
as $$
declare
  _object core.objects := (
    select o from core.objects o where o.workspace_id = authz.workspace_id() and o.name_singular = 'workspaceMember' and not o.is_custom);
  _field core.fields;
begin
  select * into _field from core.fields f where f.object_id = _object.id and f.name = member_field.name;
  if not found then
    perform private.fail('EXPRN', format('A workspaceMember has no field %s.', left(member_field.name, 63)), path);
  end if;
  select c.name, c.type into member_field.column_name, member_field.type
    from private.expression_columns(_field) c where c.part is not distinct from member_field.part;
  if not found or private.expression_type(member_field.type) = 'other' then
    perform private.fail('EXPRN', format('The field %s of a workspaceMember has no value of its own to compare with.', _field.name), path);
  end if;
end
$$;

comment on function private.member_field(text, text, text) is
  'The column of a workspaceMember''s field, and its SQL type; EXPRESSION_INVALID when there is none to compare with.';

create or replace function private.compile_member(node jsonb, path text, rule_id uuid, out sql text, out type text)
language plpgsql stable
as $$
declare
  _field record;
begin
  if node ->> 'member' = 'id' then
    -- Bare, so that the planner knows whose records it looks for: decision 0012.
    sql := 'authz.member_id()';
    type := 'id';
    return;
  end if;
  select * into _field from private.member_field(node ->> 'member', node ->> 'part', path);
  type := private.expression_type(_field.type);
  sql := format('(select authz.member_value(%L, %L))::%s', rule_id, _field.column_name, _field.type)
    || case when type = 'number' and _field.type <> 'numeric' then '::numeric' else '' end;
end
$$;

comment on function private.compile_member(jsonb, text, uuid) is
  'The SQL of {member}, and its type.';

create or replace function private.compile_colleagues(node jsonb, path text, rule_id uuid) returns text
language plpgsql stable
as $$
begin
  return format('(select authz.colleagues(%L, %L))::uuid[]', rule_id, (private.member_field(node ->> 'colleagues', node ->> 'part', path)).column_name);
end
$$;

comment on function private.compile_colleagues(jsonb, text, uuid) is
  'The SQL of {colleagues}: a list of ids.';

-- Nobody learns by these more than the rules that he has would tell him.
create or replace function authz.member_value(rule_id text, column_name text) returns text
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _value text;
begin
  if authz.member_id() is null or strpos(current_setting('relata.rules', true), ',' || rule_id || '.') = 0
    or not private.rule_names_column(rule_id::uuid, column_name) then
    return null;
  end if;
  execute format('select m.%I::text from %I.workspace_member m where m.id = $1 and m.deleted_at is null', column_name,
      (select w.schema_name from core.workspaces w where w.id = authz.workspace_id()))
    into _value using authz.member_id();
  return _value;
end
$$;

comment on function authz.member_value(text, text) is
  'A field of the caller''s own workspaceMember, for a rule of his that names it.';
grant execute on function authz.member_value(text, text) to relata_reader;

create or replace function authz.colleagues(rule_id text, column_name text) returns uuid[]
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _ids uuid[];
begin
  if authz.member_id() is null or strpos(current_setting('relata.rules', true), ',' || rule_id || '.') = 0
    or not private.rule_names_column(rule_id::uuid, column_name) then
    return '{}';
  end if;
  execute format('select array_agg(c.id) from %1$I.workspace_member m join %1$I.workspace_member c on c.%2$I = m.%2$I where m.id = $1 and m.deleted_at is null',
      (select w.schema_name from core.workspaces w where w.id = authz.workspace_id()), column_name)
    into _ids using authz.member_id();
  return coalesce(_ids, '{}');
end
$$;

comment on function authz.colleagues(text, text) is
  'The members in whom a field is as in the caller, for a rule of his that names it; nobody when he has no value there.';
grant execute on function authz.colleagues(text, text) to relata_reader;

create or replace function private.rule_names_column(rule_id uuid, column_name text) returns boolean
language sql stable
return exists (
  select from core.row_rules r
  cross join lateral jsonb_path_query(r.predicate, 'strict $.** ? (exists(@.member) || exists(@.colleagues))') n
  cross join lateral private.member_field(coalesce(n ->> 'member', n ->> 'colleagues'), n ->> 'part', '') f
  where r.id = rule_id and r.workspace_id = authz.workspace_id() and n ->> 'member' is distinct from 'id' and f.column_name = rule_names_column.column_name
);

comment on function private.rule_names_column(uuid, text) is
  'Whether a rule of rows is about this column of the members.';
