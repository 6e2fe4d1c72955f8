-- Which records a role opens: where an object and an action have rules of a role, the role
-- opens the records that any of them lets in; where they have none, all. Each is a part of
-- the policies of its object's table (private/build_row_policies.sql).

create table if not exists core.row_rules (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  role_id      uuid not null,
  object_id    uuid not null,
  name         text not null check (name ~ '^[a-z][a-zA-Z0-9]{0,62}$'),
  label        text not null check (label <> ''),
  actions      text[] not null check (actions <> '{}' and actions <@ '{read,create,update,delete,destroy}'),
  predicate    jsonb not null,
  printed      text not null,
  member_columns text[] not null default '{}',
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id),
  unique (role_id, object_id, name),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade,
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade
);

comment on table core.row_rules is
  E'@singular rowRule\n@plural rowRules\n'
  'Which records of an object a role opens, such as those that a member owns.';
comment on column core.row_rules.actions is
  'What it is about: read, create, update, delete, destroy.';
comment on column core.row_rules.predicate is
  'What a record must fulfil: a tree of {op, args}, {field}, {member}, {colleagues} and literals.';
comment on column core.row_rules.printed is
  'The predicate in words: accountOwner = me.';

comment on column core.row_rules.member_columns is
  E'@behavior -*\n'
  'The columns of the members that it is about, worked out by private.limit_rows.';

-- What the API shows of the keys, and as what.
comment on constraint row_rules_workspace_id_fkey on core.row_rules is E'@behavior -*';
comment on constraint row_rules_workspace_id_role_id_fkey on core.row_rules is E'@fieldName role\n@foreignFieldName rowRules';
comment on constraint row_rules_workspace_id_object_id_fkey on core.row_rules is E'@fieldName object\n@foreignFieldName rowRules';

create index if not exists row_rules_workspace_id_role_id_idx
  on core.row_rules (workspace_id, role_id);
create index if not exists row_rules_workspace_id_object_id_idx
  on core.row_rules (workspace_id, object_id);

-- Who sees a row: those who manage roles. Rows are written by core.set_row_rules.
alter table core.row_rules enable row level security;
alter table core.row_rules force row level security;

drop policy if exists in_workspace on core.row_rules;
create policy in_workspace on core.row_rules as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.row_rules;
create policy managers on core.row_rules for select to relata_reader
  using ((select authz.has_permission('roles')) or (select authz.has_permission('data_model')));

drop policy if exists machine on core.row_rules;
create policy machine on core.row_rules to relata_owner
  using (true);

grant select on core.row_rules to relata_reader;

create or replace trigger _100_timestamps
  before update on core.row_rules
  for each row execute function private.tg__timestamps();
