-- What a change says of a view itself.

create or replace function private.view_values(data jsonb, nulls text[]) returns jsonb
language sql stable
return (
  select coalesce(jsonb_object_agg(private.snake_case(k), v), '{}')
  from jsonb_each(data) x (k, v)
  where k in ('name', 'type', 'icon', 'position', 'isCompact', 'shouldHideEmptyGroups', 'openRecordIn', 'kanbanAggregateOperation',
              'kanbanAggregateOperationFieldId', 'mainGroupByFieldId', 'calendarLayout', 'calendarFieldId', 'anyFieldFilterValue')
    and (v <> 'null' or k = any (nulls))
);

comment on function private.view_values(jsonb, text[]) is
  'The columns of a view that data says; of those that it says are null, only these.';

create or replace function private.check_view_data(data jsonb) returns void
language plpgsql
as $$
declare
  _key text;
begin
  perform private.check_keys(data, array['id', 'objectId', 'key', 'name', 'type', 'icon', 'position', 'isCompact', 'shouldHideEmptyGroups',
    'openRecordIn', 'kanbanAggregateOperation', 'kanbanAggregateOperationFieldId', 'mainGroupByFieldId', 'calendarLayout', 'calendarFieldId',
    'anyFieldFilterValue', 'viewFields', 'viewFieldGroups', 'viewFilters', 'viewFilterGroups', 'viewSorts', 'viewGroups', 'restoredRows']);
  perform private.check_texts(data);
  foreach _key in array array['kanbanAggregateOperationFieldId', 'mainGroupByFieldId', 'calendarFieldId'] loop
    if data ->> _key is not null and not exists (select from core.fields f where f.id::text = lower(data ->> _key)) then
      perform private.fail('NTFND', 'The view''s object has no such field.', 'data.' || _key);
    end if;
  end loop;
end
$$;

comment on function private.check_view_data(jsonb) is
  'Nothing when data says only what a view is made of; BAD_INPUT, NOT_FOUND or an error of its icon otherwise.';
