-- The views that a workspace shares are part of its data model: created, updated and
-- deleted with what they are made of. A member's own views are nobody else's, and change
-- only by the mutations of the API.

create or replace function private.view_of(data jsonb) returns core.views
language plpgsql
as $$
declare
  _view core.views;
begin
  perform authz.require_permission('views');
  select * into _view from core.views v
    where v.workspace_id = authz.workspace_id() and v.visibility = 'WORKSPACE' and v.deleted_at is null
      and (v.id::text = lower(data ->> 'id')
        or data ->> 'id' is null and v.key = data ->> 'key' and v.object_id::text = lower(data ->> 'objectId'))
    for no key update;
  if not found then
    perform private.fail('NTFND', 'There is no such view.', 'data.id');
  end if;
  return _view;
end
$$;

comment on function private.view_of(jsonb) is
  'The shared view of {id}, or the index view of {objectId, key}; NOT_FOUND otherwise.';

create or replace function private.change_create_view(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _prefix text := coalesce(current_setting('relata.path_prefix', true), '');
  _view core.views;
  _part text;
begin
  perform authz.require_permission('views');
  perform private.check_view_data(data);
  if data ->> 'key' is not null then
    perform private.fail('VIEWS', 'The object has its index view already.', 'data.key');
  end if;
  perform private.check_label(data ->> 'name', 'data.name');
  perform set_config('relata.path_prefix', _prefix || 'data.', true);
  _view.id := private.insert_row('core.views', jsonb_build_object('object_id', _object.id) || private.view_values(data, '{}'));
  perform set_config('relata.path_prefix', _prefix, true);
  select * into _view from core.views v where v.id = _view.id;
  foreach _part in array private.parts_of(data) loop
    perform private.set_view_part(_view, _part, data);
  end loop;
  return jsonb_build_object('id', _view.id, 'inverse', jsonb_build_object('kind', 'deleteView', 'data', jsonb_build_object('id', _view.id)));
end
$$;

comment on function private.change_create_view(jsonb) is
  'Creates a shared view ({objectId, name, type, …, viewFields, viewFieldGroups: [{name, viewFields}], viewFilters, viewFilterGroups: [{logicalOperator, viewFilters, viewFilterGroups}], viewSorts, viewGroups}).';

create or replace function private.change_update_view(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.views := private.view_of(data);
  _prefix text := coalesce(current_setting('relata.path_prefix', true), '');
  _values jsonb := private.view_values(data, '{kanbanAggregateOperation,kanbanAggregateOperationFieldId,mainGroupByFieldId,calendarLayout,calendarFieldId,anyFieldFilterValue}');
  _columns text := (select string_agg(quote_ident(k), ', ') from jsonb_object_keys(_values) k);
  _new core.views;
  _before jsonb;
  _part text;
begin
  perform private.check_view_data(data);
  _before := private.part_rows(_old.id, private.parts_of(data)
    -- A board's groups follow the field that it is grouped by.
    || case when data ?| array['type', 'mainGroupByFieldId'] then '{viewGroups}' else '{}'::text[] end);
  if _columns is not null then
    perform set_config('relata.path_prefix', _prefix || 'data.', true);
    execute format('update core.views v set (%s) = (select %1$s from jsonb_populate_record(null::core.views, $1)) where v.id = $2', _columns)
      using _values, _old.id;
    perform set_config('relata.path_prefix', _prefix, true);
  end if;
  select * into _new from core.views v where v.id = _old.id;
  foreach _part in array private.parts_of(data - 'restoredRows') loop
    perform private.set_view_part(_new, _part, data);
  end loop;
  for _part in select jsonb_object_keys(data -> 'restoredRows') loop
    perform private.delete_view_part(_old.id, _part);
    perform private.restore_rows(data -> 'restoredRows' -> _part);
  end loop;
  return jsonb_build_object('id', _old.id, 'inverse', jsonb_build_object('kind', 'updateView', 'data',
    jsonb_build_object('id', _old.id, 'restoredRows', _before)
      || (select coalesce(jsonb_object_agg(k, to_jsonb(_old) -> private.snake_case(k)), '{}')
          from jsonb_object_keys(data) k where _values ? private.snake_case(k))));
end
$$;

comment on function private.change_update_view(jsonb) is
  'Changes a shared view ({id} or {objectId, key: INDEX}, and what createView takes): a list that is given takes the place of the one there is. Fields and their headings are said together, filters and their groups too.';

create or replace function private.change_delete_view(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _view core.views := private.view_of(data);
  _rows jsonb := private.rows_below('core.views', array[_view.id]);
begin
  perform private.check_keys(data, '{id}');
  if _view.key = 'INDEX' then
    perform private.fail('VIEWS', 'The index view of an object stays; it can be changed.', 'data.id');
  end if;
  delete from core.views v where v.id = _view.id;
  return jsonb_build_object('id', _view.id, 'inverse', jsonb_build_object('kind', 'restoreView', 'data',
    jsonb_build_object('id', _view.id, 'rows', _rows)));
end
$$;

comment on function private.change_delete_view(jsonb) is
  'Deletes a shared view ({id}) with what it is made of.';

create or replace function private.change_restore_view(data jsonb) returns jsonb
language plpgsql
as $$
begin
  perform authz.require_permission('views');
  perform private.restore_rows(data -> 'rows');
  if not exists (select from core.views v where v.id::text = data ->> 'id') then
    perform private.fail('NTFND', 'The object of that view is gone.', 'id');
  end if;
  return jsonb_build_object('id', data -> 'id', 'inverse', jsonb_build_object('kind', 'deleteView', 'data',
    jsonb_build_object('id', data -> 'id')));
end
$$;

comment on function private.change_restore_view(jsonb) is
  'The inverse of deleting a view ({id, rows}).';
