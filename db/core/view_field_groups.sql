-- A group of a view's fields, under a heading of its own.

create table if not exists core.view_field_groups (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id      uuid not null,
  name         text not null,
  position     double precision not null default 0,
  is_visible   boolean not null default true,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  deleted_at   timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  unique (workspace_id, view_id, id),
  constraint name_check check (btrim(name) <> '' and length(name) <= 255)
);

comment on table core.view_field_groups is
  E'@singular viewFieldGroup\n@plural viewFieldGroups\n'
  'A heading in a view, with fields under it.';

-- What the API shows of the keys, and as what.
comment on constraint view_field_groups_workspace_id_fkey on core.view_field_groups is E'@behavior -*';
comment on constraint view_id_fkey on core.view_field_groups is E'@fieldName view\n@behavior -manyRelation:resource:connection';

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_field_groups enable row level security;
alter table core.view_field_groups force row level security;

drop policy if exists in_workspace on core.view_field_groups;
create policy in_workspace on core.view_field_groups as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_field_groups;
create policy readers on core.view_field_groups for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_field_groups;
create policy creators on core.view_field_groups for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_field_groups;
create policy updaters on core.view_field_groups for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_field_groups;
create policy destroyers on core.view_field_groups for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_field_groups;
create policy machine on core.view_field_groups to relata_owner
  using (true);

grant select on core.view_field_groups to relata_reader;
grant
  insert (id, view_id, name, position, is_visible),
  update (name, position, is_visible, deleted_at),
  delete
on core.view_field_groups to relata_writer;

create or replace trigger _100_timestamps
  before update on core.view_field_groups
  for each row execute function private.tg__timestamps();
