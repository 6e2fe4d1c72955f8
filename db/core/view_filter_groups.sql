-- A group of a view's filters that hold together: all of them, any, or none.

create table if not exists core.view_filter_groups (
  id                          uuid primary key default authz.uuid_v7(),
  workspace_id                uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id                     uuid not null,
  parent_view_filter_group_id uuid,
  logical_operator            text not null default 'AND',
  position                    double precision not null default 0,
  created_at                  timestamptz not null default now(),
  updated_at                  timestamptz not null default now(),
  deleted_at                  timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  unique (workspace_id, view_id, id),
  constraint parent_view_filter_group_id_fkey foreign key (workspace_id, view_id, parent_view_filter_group_id)
    references core.view_filter_groups (workspace_id, view_id, id) on delete cascade,
  constraint logical_operator_check check (logical_operator in ('AND', 'OR', 'NOT'))
);

comment on table core.view_filter_groups is
  E'@singular viewFilterGroup\n@plural viewFilterGroups\n'
  'Filters of a view that hold together: all (AND), any (OR), or none (NOT).';
comment on column core.view_filter_groups.logical_operator is
  E'@enum ViewFilterGroupLogicalOperator AND OR NOT\n'
  'Whether all, any or none of what is in the group must hold.';
comment on column core.view_filter_groups.position is
  E'@alias positionInViewFilterGroup\n'
  'Its place in the group around it.';

-- What the API shows of the keys, and as what.
comment on constraint view_filter_groups_workspace_id_fkey on core.view_filter_groups is E'@behavior -*';
comment on constraint view_id_fkey on core.view_filter_groups is E'@fieldName view\n@behavior -manyRelation:resource:connection';
comment on constraint parent_view_filter_group_id_fkey on core.view_filter_groups is E'@fieldName parentViewFilterGroup\n@behavior -manyRelation:resource:connection';

create index if not exists view_filter_groups_workspace_id_view_id_parent_idx
  on core.view_filter_groups (workspace_id, view_id, parent_view_filter_group_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_filter_groups enable row level security;
alter table core.view_filter_groups force row level security;

drop policy if exists in_workspace on core.view_filter_groups;
create policy in_workspace on core.view_filter_groups as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_filter_groups;
create policy readers on core.view_filter_groups for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_filter_groups;
create policy creators on core.view_filter_groups for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_filter_groups;
create policy updaters on core.view_filter_groups for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_filter_groups;
create policy destroyers on core.view_filter_groups for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_filter_groups;
create policy machine on core.view_filter_groups to relata_owner
  using (true);

grant select on core.view_filter_groups to relata_reader;
grant
  insert (id, view_id, parent_view_filter_group_id, logical_operator, position),
  update (parent_view_filter_group_id, logical_operator, position, deleted_at),
  delete
on core.view_filter_groups to relata_writer;

create or replace function private.tg_view_filter_groups__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform private.object_of_view(new.view_id);
  -- Only one that stands already can come to stand inside of itself.
  if new.parent_view_filter_group_id is not null and exists (
    with recursive around (id) as (
      select new.parent_view_filter_group_id
      union
      select g.parent_view_filter_group_id
      from around join core.view_filter_groups g on g.id = around.id
      where g.parent_view_filter_group_id is not null
    )
    select from around where around.id = new.id) then
    perform private.fail('VIEWS', 'A group cannot stand inside of itself.', 'parentViewFilterGroupId');
  end if;
  return new;
end
$$;

comment on function private.tg_view_filter_groups__checked() is
  'No group of filters stands inside of itself.';

create or replace trigger _100_timestamps
  before update on core.view_filter_groups
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of parent_view_filter_group_id on core.view_filter_groups
  for each row execute function private.tg_view_filter_groups__checked();
