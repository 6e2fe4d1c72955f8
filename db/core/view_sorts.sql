-- A key that the records of a view are sorted by.

create table if not exists core.view_sorts (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id      uuid not null,
  field_id     uuid not null,
  direction    text not null default 'ASC',
  position     double precision not null default 0,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  deleted_at   timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  constraint field_id_fkey foreign key (workspace_id, field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint direction_check check (direction in ('ASC', 'DESC'))
);

comment on table core.view_sorts is
  E'@singular viewSort\n@plural viewSorts\n'
  'A key that the records of a view are sorted by.';
comment on column core.view_sorts.field_id is
  E'@alias fieldMetadataId\n'
  'The field, one of the view''s object.';
comment on column core.view_sorts.direction is
  E'@enum ViewSortDirection ASC DESC\n'
  'Which way to sort.';
comment on column core.view_sorts.position is
  'Its place among the keys; the lowest sorts first.';

-- What the API shows of the keys, and as what.
comment on constraint view_sorts_workspace_id_fkey on core.view_sorts is E'@behavior -*';
comment on constraint view_id_fkey on core.view_sorts is E'@fieldName view\n@behavior -manyRelation:resource:connection';
comment on constraint field_id_fkey on core.view_sorts is E'@fieldName field\n@behavior -manyRelation:resource:connection';

create unique index if not exists view_sorts_once_idx
  on core.view_sorts (view_id, field_id) where deleted_at is null;
create index if not exists view_sorts_workspace_id_view_id_idx
  on core.view_sorts (workspace_id, view_id);
create index if not exists view_sorts_workspace_id_field_id_idx
  on core.view_sorts (workspace_id, field_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_sorts enable row level security;
alter table core.view_sorts force row level security;

drop policy if exists in_workspace on core.view_sorts;
create policy in_workspace on core.view_sorts as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_sorts;
create policy readers on core.view_sorts for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_sorts;
create policy creators on core.view_sorts for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_sorts;
create policy updaters on core.view_sorts for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_sorts;
create policy destroyers on core.view_sorts for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_sorts;
create policy machine on core.view_sorts to relata_owner
  using (true);

grant select on core.view_sorts to relata_reader;
grant
  insert (id, view_id, field_id, direction, position),
  update (field_id, direction, position, deleted_at),
  delete
on core.view_sorts to relata_writer;

create or replace function private.tg_view_sorts__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object_id uuid := private.object_of_view(new.view_id);
begin
  if new.field_id is not null then
    perform private.field_of_object(_object_id, new.field_id, 'fieldId');
  end if;
  if new.deleted_at is null and exists (
    select from core.view_sorts s
    where s.view_id = new.view_id and s.field_id = new.field_id and s.id <> new.id and s.deleted_at is null) then
    perform private.fail('23505', 'The view is sorted by this field already.', 'fieldId');
  end if;
  return new;
end
$$;

comment on function private.tg_view_sorts__checked() is
  'A view is sorted by fields of its own object, each once.';

create or replace trigger _100_timestamps
  before update on core.view_sorts
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of field_id, deleted_at on core.view_sorts
  for each row execute function private.tg_view_sorts__checked();
