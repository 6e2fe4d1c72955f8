-- A filter of a view: a field, an operand and a value.

create table if not exists core.view_filters (
  id                            uuid primary key default authz.uuid_v7(),
  workspace_id                  uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id                       uuid not null,
  field_id                      uuid not null,
  operand                       text not null default 'CONTAINS',
  value                         jsonb not null default '""',
  view_filter_group_id          uuid,
  position_in_view_filter_group double precision,
  sub_field_name                text,
  created_at                    timestamptz not null default now(),
  updated_at                    timestamptz not null default now(),
  deleted_at                    timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  constraint field_id_fkey foreign key (workspace_id, field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint view_filter_group_id_fkey foreign key (workspace_id, view_id, view_filter_group_id)
    references core.view_filter_groups (workspace_id, view_id, id) on delete cascade,
  constraint operand_check check (operand in (
    'IS', 'IS_NOT', 'IS_NOT_NULL', 'LESS_THAN_OR_EQUAL', 'GREATER_THAN_OR_EQUAL', 'IS_BEFORE', 'IS_AFTER', 'CONTAINS',
    'DOES_NOT_CONTAIN', 'IS_EMPTY', 'IS_NOT_EMPTY', 'IS_RELATIVE', 'IS_IN_PAST', 'IS_IN_FUTURE', 'IS_TODAY', 'VECTOR_SEARCH')),
  constraint value_check check (octet_length(value::text) <= 10000)
);

comment on table core.view_filters is
  E'@singular viewFilter\n@plural viewFilters\n'
  'A condition that the records of a view meet.';
comment on column core.view_filters.field_id is
  E'@alias fieldMetadataId\n'
  'The field, one of the view''s object.';
comment on column core.view_filters.operand is
  E'@enum ViewFilterOperand IS IS_NOT IS_NOT_NULL LESS_THAN_OR_EQUAL GREATER_THAN_OR_EQUAL IS_BEFORE IS_AFTER CONTAINS DOES_NOT_CONTAIN IS_EMPTY IS_NOT_EMPTY IS_RELATIVE IS_IN_PAST IS_IN_FUTURE IS_TODAY VECTOR_SEARCH\n'
  'What is asked of the field.';
comment on column core.view_filters.value is
  'What the field is compared with; the values of a SELECT as a list.';
comment on column core.view_filters.sub_field_name is
  'The part of a composite field that is meant, such as amountMicros.';

-- What the API shows of the keys, and as what.
comment on constraint view_filters_workspace_id_fkey on core.view_filters is E'@behavior -*';
comment on constraint view_id_fkey on core.view_filters is E'@fieldName view\n@behavior -manyRelation:resource:connection';
comment on constraint field_id_fkey on core.view_filters is E'@fieldName field\n@behavior -manyRelation:resource:connection';
comment on constraint view_filter_group_id_fkey on core.view_filters is E'@fieldName viewFilterGroup\n@behavior -manyRelation:resource:connection';

create index if not exists view_filters_workspace_id_view_id_idx
  on core.view_filters (workspace_id, view_id, view_filter_group_id);
create index if not exists view_filters_workspace_id_field_id_idx
  on core.view_filters (workspace_id, field_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_filters enable row level security;
alter table core.view_filters force row level security;

drop policy if exists in_workspace on core.view_filters;
create policy in_workspace on core.view_filters as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_filters;
create policy readers on core.view_filters for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_filters;
create policy creators on core.view_filters for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_filters;
create policy updaters on core.view_filters for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_filters;
create policy destroyers on core.view_filters for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_filters;
create policy machine on core.view_filters to relata_owner
  using (true);

grant select on core.view_filters to relata_reader;
grant
  insert (id, view_id, field_id, operand, value, view_filter_group_id, position_in_view_filter_group, sub_field_name),
  update (field_id, operand, value, view_filter_group_id, position_in_view_filter_group, sub_field_name, deleted_at),
  delete
on core.view_filters to relata_writer;

create or replace function private.tg_view_filters__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object_id uuid := private.object_of_view(new.view_id);
  _field core.fields;
  _unknown text;
begin
  if new.field_id is null then
    return new; -- PostgreSQL says it: not null
  end if;
  _field := private.field_of_object(_object_id, new.field_id, 'fieldId');
  if not private.operand_fits(new.operand, _field.type) then
    perform private.fail('VIEWS', format('A field of type %s cannot be asked %s.', _field.type, new.operand), 'operand');
  end if;
  perform private.check_sub_field(_field, new.sub_field_name);
  if _field.options is not null and new.operand in ('IS', 'IS_NOT', 'CONTAINS', 'DOES_NOT_CONTAIN') then
    select x into _unknown from unnest(private.filter_values(new.value)) x
      where x <> '' and not exists (select from jsonb_array_elements(_field.options) o where o ->> 'value' = x)
      limit 1;
    if found then
      perform private.fail('VIEWS', format('The field has no option %s.', left(_unknown, 63)), 'value');
    end if;
  end if;
  return new;
end
$$;

comment on function private.tg_view_filters__checked() is
  'A filter asks of a field of the view''s object what its type can answer, and names options that there are.';

create or replace trigger _100_timestamps
  before update on core.view_filters
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of field_id, operand, value, sub_field_name on core.view_filters
  for each row execute function private.tg_view_filters__checked();
