-- A DBA's SQL function over a table of a workspace is a field in the API:
-- workspace_x.company_score(company workspace_x.company) is Company.score.

create or replace function private.api_name(catalog_name text) returns text
language sql immutable
return (
  select string_agg(case n when 1 then w else private.upper_first(w) end, '' order by n)
  from string_to_table(catalog_name, '_') with ordinality x (w, n)
);

comment on function private.api_name(text) is
  'The API''s form of a catalog name: annual_revenue becomes annualRevenue. Not every name has one that leads back to it.';

create or replace function private.functions_in(schema_name text)
returns table (function regprocedure, table_name text, name text, result text, description text, why_not text)
language plpgsql stable
as $$
begin
  -- Most have none, and the question behind this takes longer to plan than to answer.
  if not exists (
    select from pg_depend d where d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_namespace'::regclass
      and d.refobjid = to_regnamespace(quote_ident(functions_in.schema_name))
  ) then
    return;
  end if;
  return query
  select p.oid::regprocedure, c.relname::text, n.name, format_type(p.prorettype, null), obj_description(p.oid, 'pg_proc'),
    case
      when p.prosecdef then 'it is security definer, and would read past every policy'
      when p.prokind <> 'f' then 'it is no function'
      when c.relname is null then 'its first argument is no record of a table of the workspace'
      when p.proretset then 'it returns a set'
      when p.provolatile = 'v' then 'it is volatile; declare it stable or immutable'
      when p.pronargs - p.pronargdefaults > 1 then 'it needs more than the record'
      when not starts_with(p.proname, c.relname || '_') then format('its name does not begin with %s_', c.relname)
      when n.name !~ '^[a-z][a-zA-Z0-9]*$' or private.snake_case(n.name) <> substr(p.proname, length(c.relname) + 2)
        then format('what follows %s_ in its name is not snake_case', c.relname)
      when r.typnamespace <> 'pg_catalog'::regnamespace or r.typtype <> 'b' then format('the API does not have what it returns (%s)', r.typname)
      when not has_function_privilege('relata_guest', p.oid, 'execute') then 'relata_guest may not execute it'
      when exists (
        select from core.fields f join core.objects o on o.id = f.object_id join core.workspaces w on w.id = o.workspace_id
        where w.schema_name = functions_in.schema_name and o.table_name = c.relname
          and lower(n.name) in (lower(f.name), case when f.type = 'RELATION' then lower(f.name || 'Id') end)) then 'the object has a field of that name'
      when row_number() over (partition by c.oid, n.name order by p.oid) > 1 then 'there is another one of that name'
    end
  from pg_depend d
  join pg_proc p on p.oid = d.objid
  join pg_type r on r.oid = p.prorettype
  left join pg_type a on a.oid = p.proargtypes[0]
  left join pg_class c on c.oid = a.typrelid and c.relnamespace = p.pronamespace and c.relkind = 'r'
  cross join lateral (select private.api_name(substr(p.proname, length(c.relname) + 2)) as name) n
  where d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_namespace'::regclass
    and d.refobjid = to_regnamespace(quote_ident(functions_in.schema_name));
end
$$;

comment on function private.functions_in(text) is
  'The functions in a workspace''s schema: each a field of the API, or why it is not.';
