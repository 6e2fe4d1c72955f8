-- A group of a view's records: those of one option of the field that the view is
-- grouped by, a column of a board.

create table if not exists core.view_groups (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id      uuid not null,
  field_value  text not null default '',
  is_visible   boolean not null default true,
  position     double precision not null default 0,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  deleted_at   timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade
);

comment on table core.view_groups is
  E'@singular viewGroup\n@plural viewGroups\n'
  'The records of one option of the field that a view is grouped by: a column of a board.';
comment on column core.view_groups.field_value is
  'The option''s value; empty for the records that have none.';

-- What the API shows of the keys, and as what.
comment on constraint view_groups_workspace_id_fkey on core.view_groups is E'@behavior -*';
comment on constraint view_id_fkey on core.view_groups is E'@fieldName view\n@behavior -manyRelation:resource:connection';

create unique index if not exists view_groups_once_idx
  on core.view_groups (view_id, field_value) where deleted_at is null;
create index if not exists view_groups_workspace_id_view_id_idx
  on core.view_groups (workspace_id, view_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_groups enable row level security;
alter table core.view_groups force row level security;

drop policy if exists in_workspace on core.view_groups;
create policy in_workspace on core.view_groups as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_groups;
create policy readers on core.view_groups for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_groups;
create policy creators on core.view_groups for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_groups;
create policy updaters on core.view_groups for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_groups;
create policy destroyers on core.view_groups for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_groups;
create policy machine on core.view_groups to relata_owner
  using (true);

grant select on core.view_groups to relata_reader;
grant
  insert (id, view_id, field_value, is_visible, position),
  update (field_value, is_visible, position, deleted_at),
  delete
on core.view_groups to relata_writer;

create or replace function private.tg_view_groups__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _options jsonb;
begin
  perform private.object_of_view(new.view_id);
  select f.options into _options
    from core.views v join core.fields f on f.id = v.main_group_by_field_id where v.id = new.view_id;
  if not found and new.view_id is not null then
    perform private.fail('VIEWS', 'The view is not grouped by a field.', 'viewId');
  end if;
  if new.field_value <> '' and not exists (
    select from jsonb_array_elements(_options) o where o ->> 'value' = new.field_value) then
    perform private.fail('VIEWS', 'The field that the view is grouped by has no such option.', 'fieldValue');
  end if;
  if new.deleted_at is null and exists (
    select from core.view_groups g
    where g.view_id = new.view_id and g.field_value = new.field_value and g.id <> new.id and g.deleted_at is null) then
    perform private.fail('23505', 'The view has this group already.', 'fieldValue');
  end if;
  return new;
end
$$;

comment on function private.tg_view_groups__checked() is
  'A view''s groups are options of the field that it is grouped by, each once.';

create or replace trigger _100_timestamps
  before update on core.view_groups
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of field_value, deleted_at on core.view_groups
  for each row execute function private.tg_view_groups__checked();
