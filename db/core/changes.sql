-- A change of a workspace's data model: who made it, when, what was asked, the SQL
-- that ran, and the change that would undo it. Rows are only ever added.

create table if not exists core.changes (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  kind         text not null,
  data         jsonb not null,
  target_id    uuid,
  inverse      jsonb,
  statements   jsonb not null default '[]',
  undoes_id    uuid,
  actor_name   text,
  actor_source text not null default authz.actor_source(),
  member_id    uuid,
  created_at   timestamptz not null default clock_timestamp(),
  unique (workspace_id, id),
  foreign key (workspace_id, undoes_id) references core.changes (workspace_id, id) on delete cascade
);

comment on table core.changes is
  E'@singular change\n@plural changes\n'
  'A change of the data model: who, when, what, and the SQL that ran.';
comment on column core.changes.kind is 'createField, updateObject, …: the name of a function private.change_<kind>.';
comment on column core.changes.data is 'What was asked.';
comment on column core.changes.target_id is 'The object, field, index or rule that it was about.';
comment on column core.changes.inverse is
  E'@behavior -*\n'
  'The change ({kind, data}) that undoes this one; null when nothing can.';
comment on column core.changes.statements is 'The SQL that ran, in its order.';
comment on column core.changes.member_id is 'The member who made it; null when it was no member.';

-- What the API shows of the keys, and as what.
comment on constraint changes_workspace_id_fkey on core.changes is E'@behavior -*';
comment on constraint changes_workspace_id_undoes_id_fkey on core.changes is E'@fieldName undoes\n@foreignFieldName undoneBy';

-- A change is undone once; who wants it back undoes the undoing.
create unique index if not exists changes_workspace_id_undoes_id_idx
  on core.changes (workspace_id, undoes_id);
create index if not exists changes_workspace_id_created_at_idx
  on core.changes (workspace_id, created_at, id);

-- Who sees a row: admins of its workspace. Rows are written by core.apply_changes.
alter table core.changes enable row level security;
alter table core.changes force row level security;

drop policy if exists in_workspace on core.changes;
create policy in_workspace on core.changes as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.changes;
create policy managers on core.changes for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.changes;
create policy machine on core.changes to relata_owner
  using (true);

grant select on core.changes to relata_admin;
