-- A rule is an expression that must hold for each living record of an object: one
-- row here is one check of its table.

create table if not exists core.rules (
  id               uuid primary key default authz.uuid_v7(),
  workspace_id     uuid not null references core.workspaces on delete cascade,
  object_id        uuid not null,
  kind             text not null default 'CHECK' check (kind in ('CHECK')),
  name             text not null,
  message          text not null check (message <> ''),
  expression       jsonb not null,
  only_new_records boolean not null default false,
  status           text not null default 'READY' check (status in ('READY', 'BUILDING', 'FAILED')),
  status_reason    text,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  unique (workspace_id, id),
  unique (object_id, name),
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade
);

comment on table core.rules is
  E'@singular rule\n@plural rules\n'
  'What must hold for each record of an object, such as that a deal closes after it was opened.';
comment on column core.rules.name is 'camelCase: names the rule in errors.';
comment on column core.rules.message is 'What a person reads who breaks the rule.';
comment on column core.rules.expression is
  'A tree of {op, args}, {field} and literals that is true or false; when it is null, the rule holds.';
comment on column core.rules.only_new_records is
  'Whether records from before the rule may break it until they are written again.';
comment on column core.rules.status is
  'READY; BUILDING while a job reads the records of a large table, and new ones are bound already; FAILED when some break it, and nobody is bound.';
comment on column core.rules.status_reason is 'Why it is FAILED, in words.';

-- What the API shows of the keys, and as what.
comment on constraint rules_workspace_id_fkey on core.rules is E'@behavior -*';
comment on constraint rules_workspace_id_object_id_fkey on core.rules is E'@fieldName object\n@foreignFieldName rules';

create index if not exists rules_workspace_id_object_id_idx
  on core.rules (workspace_id, object_id);

-- Who sees a row: admins of its workspace. Rows are written by core.apply_changes.
alter table core.rules enable row level security;
alter table core.rules force row level security;

drop policy if exists in_workspace on core.rules;
create policy in_workspace on core.rules as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.rules;
create policy managers on core.rules for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.rules;
create policy machine on core.rules to relata_owner
  using (true);

grant select on core.rules to relata_admin;

create or replace trigger _100_timestamps
  before update on core.rules
  for each row execute function private.tg__timestamps();
