-- What views lose with a field that is hidden, or with an option that goes, is kept with
-- the change that took it, for undoing it.

create or replace function private.view_rows_of(field_id uuid) returns jsonb
language sql stable
return private.rows_below('core.views', array(
  select v.id from core.views v where field_id in (v.main_group_by_field_id, v.calendar_field_id, v.kanban_aggregate_operation_field_id)
  union
  select x.view_id from core.view_filters x where x.field_id = view_rows_of.field_id
  union
  select x.view_id from core.view_sorts x where x.field_id = view_rows_of.field_id));

comment on function private.view_rows_of(uuid) is
  'The views that are made of a field, and all that they are made of, as private.restore_rows takes them.';

create or replace function private.lost_rows(before jsonb) returns jsonb
language plpgsql stable
as $$
declare
  _row jsonb;
  _is_same boolean;
  _lost jsonb := '[]';
begin
  for _row in select * from jsonb_array_elements(before) loop
    execute format('select exists (select from %s t where t.id = $1 and to_jsonb(t) - ''updated_at'' = $2)', (_row ->> 'table')::regclass)
      into _is_same using (_row -> 'row' ->> 'id')::uuid, (_row -> 'row') - 'updated_at';
    if not _is_same then
      _lost := _lost || jsonb_build_array(_row);
    end if;
  end loop;
  return _lost;
end
$$;

comment on function private.lost_rows(jsonb) is
  'Of these rows, those that are gone or others by now.';
