-- Which rules of rows are made of a field, and what becomes of them when it gets another name.

create or replace function private.rule_keys(object_id uuid, of_object uuid) returns text[]
language sql stable
return case when object_id = of_object then '{field}'::text[] else '{}' end
  || case when exists (select from core.objects o where o.id = rule_keys.object_id and o.name_singular = 'workspaceMember' and not o.is_custom)
     then '{member,colleagues}'::text[] else '{}' end;

comment on function private.rule_keys(uuid, uuid) is
  'Under which keys a rule about the records of one object names fields of another.';

create or replace function private.row_rules_with(field_id uuid) returns setof core.row_rules
language sql stable
begin atomic
  select r
  from core.fields f
  join core.row_rules r on r.workspace_id = f.workspace_id
  where f.id = row_rules_with.field_id
    and exists (select from unnest(private.rule_keys(f.object_id, r.object_id)) k,
                            jsonb_path_query(r.predicate, 'strict $.**') n
                where jsonb_typeof(n) = 'object' and n ->> k = f.name and not (k = 'member' and f.name = 'id'));
end;

comment on function private.row_rules_with(uuid) is
  'The rules of rows that name a field, be it of the record or of the member.';

create or replace function private.rename_in_rule(node jsonb, keys text[], old_name text, new_name text) returns jsonb
language plpgsql immutable
as $$
begin
  if jsonb_typeof(node) <> 'object' then
    return node;
  elsif jsonb_typeof(node -> 'args') = 'array' then
    return node || jsonb_build_object('args', (
      select coalesce(jsonb_agg(private.rename_in_rule(a, keys, old_name, new_name) order by n), '[]')
      from jsonb_array_elements(node -> 'args') with ordinality x (a, n)));
  end if;
  return node || coalesce((select jsonb_object_agg(k, new_name) from unnest(keys) k where node ->> k = old_name), '{}');
end
$$;

comment on function private.rename_in_rule(jsonb, text[], text, text) is
  'A rule in which a field has another name, under these keys.';

create or replace function private.rename_in_row_rules(object_id uuid, old_name text, new_name text) returns void
language plpgsql
as $$
declare
  _object uuid;
begin
  update core.row_rules r
    set predicate = x.predicate, printed = private.print_row_rule(x.predicate), member_columns = private.member_columns(x.predicate)
    from (select s.id, private.rename_in_rule(s.predicate, private.rule_keys(rename_in_row_rules.object_id, s.object_id), old_name, new_name) as predicate
          from core.row_rules s
          where s.workspace_id = (select o.workspace_id from core.objects o where o.id = rename_in_row_rules.object_id)) x
    where x.id = r.id and x.predicate <> r.predicate;
  -- A policy follows its own table's columns by itself; of a member's it has the name.
  for _object in
    select distinct r.object_id from core.row_rules r
    where 'member' = any (private.rule_keys(rename_in_row_rules.object_id, r.object_id))
      and r.workspace_id = (select o.workspace_id from core.objects o where o.id = rename_in_row_rules.object_id)
      and jsonb_path_exists(r.predicate, 'strict $.** ? (exists(@.member) || exists(@.colleagues))')
  loop
    perform private.rebuild_row_policies(_object);
  end loop;
end
$$;

comment on function private.rename_in_row_rules(uuid, text, text) is
  'Lets the rules of rows follow a field''s new name.';
