-- What a rule asks of the member who calls: compiled here, worked out by private.limit_rows,
-- put into the transaction by authz.claim, and answered by authz.my and authz.colleagues.

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

create or replace function private.compile_member(node jsonb, path text, out sql text, out type text)
language plpgsql stable
as $$
declare
  _field record;
begin
  if node ->> 'member' = 'id' then
    sql := '(select authz.member_id())';
    type := 'id';
    return;
  end if;
  select * into _field from private.member_field(node ->> 'member', node ->> 'part', path);
  type := private.expression_type(_field.type);
  sql := format('(select authz.my(%L))::%s', _field.column_name, _field.type)
    || case when type = 'number' and _field.type <> 'numeric' then '::numeric' else '' end;
end
$$;

comment on function private.compile_member(jsonb, text) is
  'The SQL of {member}, and its type.';

create or replace function private.compile_colleagues(node jsonb, path text) returns text
language plpgsql stable
as $$
begin
  return format('authz.colleagues(%L)', (private.member_field(node ->> 'colleagues', node ->> 'part', path)).column_name);
end
$$;

comment on function private.compile_colleagues(jsonb, text) is
  'The SQL of {colleagues}: a list of ids.';

create or replace function private.member_columns(predicate jsonb) returns text[]
language sql stable
return array(
  select distinct f.column_name
  from jsonb_path_query(predicate, 'strict $.** ? (exists(@.member) || exists(@.colleagues))') n
  cross join lateral private.member_field(coalesce(n ->> 'member', n ->> 'colleagues'), n ->> 'part', '') f
  where n ->> 'member' is distinct from 'id'
);

comment on function private.member_columns(jsonb) is
  'The columns of the members that a rule of rows is about.';
