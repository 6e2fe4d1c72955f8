-- The rows that a view is made of, by part: for a change that takes them away, and for
-- undoing it.

create or replace function private.parts_of(data jsonb) returns text[]
language sql immutable
return array(
  select distinct case k when 'viewFieldGroups' then 'viewFields' when 'viewFilterGroups' then 'viewFilters' else k end
  from (
    select jsonb_object_keys(data) as k
    union all
    select jsonb_object_keys(coalesce(data -> 'restoredRows', '{}'))
  ) x
  where k in ('viewFields', 'viewFieldGroups', 'viewFilters', 'viewFilterGroups', 'viewSorts', 'viewGroups')
  order by 1);

comment on function private.parts_of(jsonb) is
  'The parts of a view that data says: viewFields (with their headings), viewFilters (with their groups), viewSorts, viewGroups.';

create or replace function private.tables_of_part(part text) returns text[]
language sql immutable
return case part
  when 'viewFields' then '{core.view_field_groups,core.view_fields}'
  when 'viewFilters' then '{core.view_filter_groups,core.view_filters}'
  when 'viewSorts' then '{core.view_sorts}'
  when 'viewGroups' then '{core.view_groups}'
end::text[];

comment on function private.tables_of_part(text) is
  'The tables that hold a part of views, those that others point at first.';

create or replace function private.part_rows(view_id uuid, parts text[]) returns jsonb
language plpgsql stable
as $$
declare
  _part text;
  _table text;
  _rows jsonb;
  _found jsonb := '{}';
begin
  foreach _part in array parts loop
    _found := _found || jsonb_build_object(_part, '[]'::jsonb);
    foreach _table in array private.tables_of_part(_part) loop
      execute format('select coalesce(jsonb_agg(jsonb_build_object(''table'', %L, ''row'', to_jsonb(t)) order by t.id), ''[]'') from %s t where t.view_id = $1',
        _table, _table::regclass) into _rows using view_id;
      _found := jsonb_set(_found, array[_part], _found -> _part || _rows);
    end loop;
  end loop;
  return _found;
end
$$;

comment on function private.part_rows(uuid, text[]) is
  'The rows of parts of a view, as private.restore_rows takes them: {viewSorts: [{table, row}]}.';

create or replace function private.delete_view_part(view_id uuid, part text) returns void
language plpgsql
as $$
declare
  _table text;
begin
  foreach _table in array private.tables_of_part(part) loop
    execute format('delete from %s t where t.view_id = $1', _table::regclass) using view_id;
  end loop;
end
$$;

comment on function private.delete_view_part(uuid, text) is
  'Empties a view of its fields, its filters, its sorts or its groups.';
