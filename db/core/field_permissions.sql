-- What a role holds back: fields that it lets nobody read, or nobody change. A role says
-- nothing about the fields that have no row here. Enforced by grants of single columns
-- (private.field_limits), so that no statement whatever can name such a field.

create table if not exists core.field_permissions (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  role_id      uuid not null,
  field_id     uuid not null,
  can_read     boolean not null,
  can_update   boolean not null default false check (not can_update),
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (role_id, field_id),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade,
  foreign key (workspace_id, field_id) references core.fields (workspace_id, id) on delete cascade
);

comment on table core.field_permissions is
  E'@singular fieldPermission\n@plural fieldPermissions\n'
  'A field that a role may not read, or may not change.';
comment on column core.field_permissions.can_read is
  'Whether the role reads the field''s values. What it does not read, nor what is made from them, it does not see anywhere.';
comment on column core.field_permissions.can_update is
  'Whether the role gives the field values: never, for a field that stands here.';

-- What the API shows of the keys, and as what.
comment on constraint field_permissions_workspace_id_fkey on core.field_permissions is E'@behavior -*';
comment on constraint field_permissions_workspace_id_role_id_fkey on core.field_permissions is E'@fieldName role\n@foreignFieldName fieldPermissions';
comment on constraint field_permissions_workspace_id_field_id_fkey on core.field_permissions is E'@fieldName field\n@foreignFieldName permissions';

create index if not exists field_permissions_workspace_id_role_id_idx
  on core.field_permissions (workspace_id, role_id);
create index if not exists field_permissions_workspace_id_field_id_idx
  on core.field_permissions (workspace_id, field_id);

-- Who sees a row: those who manage roles.
alter table core.field_permissions enable row level security;
alter table core.field_permissions force row level security;

drop policy if exists in_workspace on core.field_permissions;
create policy in_workspace on core.field_permissions as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.field_permissions;
create policy managers on core.field_permissions for select to relata_reader
  using ((select authz.has_permission('roles')) or (select authz.has_permission('data_model')));

drop policy if exists machine on core.field_permissions;
create policy machine on core.field_permissions to relata_owner
  using (true);

grant select on core.field_permissions to relata_reader;

create or replace trigger _100_timestamps
  before update on core.field_permissions
  for each row execute function private.tg__timestamps();
