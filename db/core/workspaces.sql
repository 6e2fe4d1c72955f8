-- A workspace is the tenant: one row here, one schema of tables beside it.
--
-- metadata_version grows with every change of the data model, in the same
-- transaction. compatible_from is the version of the last change that took
-- something away: a server that planned a request before it must plan again.

create table if not exists core.workspaces (
  id               uuid primary key default authz.uuid_v7(),
  name             text not null check (name <> ''),
  subdomain        text not null unique check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  schema_name      text not null unique,
  metadata_version bigint not null default 1,
  compatible_from  bigint not null default 1,
  shape            text,
  custom_domain    text check (custom_domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9-]{2,63}$' and length(custom_domain) <= 253),
  is_custom_domain_proven   boolean not null default false,
  is_password_auth_enabled  boolean not null default true,
  is_magic_link_enabled     boolean not null default true,
  is_google_auth_enabled    boolean not null default true,
  is_microsoft_auth_enabled boolean not null default true,
  is_two_factor_enforced    boolean not null default false,
  is_invite_link_enabled    boolean not null default true,
  allows_impersonation      boolean not null default false,
  default_role_id           uuid,
  suspended_at              timestamptz,
  closed_at                 timestamptz,
  trash_retention_days int not null default 30 check (trash_retention_days between 0 and 3650),
  limits           jsonb not null default '{}' check (
    jsonb_typeof(limits) = 'object'
    and limits - array['depth', 'fields', 'aliases', 'rootFields', 'rows', 'pageSize', 'batchSize', 'bodyBytes', 'statementTimeoutMs', 'requestsPerMinute'] = '{}'
    and not jsonb_path_exists(limits, '$.* ? (@.type() != "number" || @ < 1 || @ > 1000000000 || @ != @.floor())')
  ),
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);

comment on table core.workspaces is
  E'@singular workspace\n@plural workspaces\n'
  'A tenant: its own tables, members and data model.';
comment on column core.workspaces.subdomain is
  'Names the workspace in addresses and at sign-in.';
comment on column core.workspaces.custom_domain is
  'Another address of the workspace, such as crm.example.com; it leads here once it is proven.';
comment on column core.workspaces.is_custom_domain_proven is
  'Whether the domain''s DNS has said that it belongs to this workspace.';
comment on column core.workspaces.is_password_auth_enabled is
  'Whether members sign in with a password.';
comment on column core.workspaces.is_magic_link_enabled is
  'Whether members sign in by a link that is mailed to them.';
comment on column core.workspaces.is_google_auth_enabled is
  'Whether members sign in with Google.';
comment on column core.workspaces.is_microsoft_auth_enabled is
  'Whether members sign in with Microsoft.';
comment on column core.workspaces.is_two_factor_enforced is
  E'@alias isTwoFactorAuthenticationEnforced\n'
  'Whether members need a second factor to come in.';
comment on column core.workspaces.is_invite_link_enabled is
  E'@alias isPublicInviteLinkEnabled\n'
  'Whether whoever has the invite link may join.';
comment on column core.workspaces.allows_impersonation is
  E'@alias allowImpersonation\n'
  'Whether those with the permission impersonate may see it as another member does.';
comment on column core.workspaces.default_role_id is
  'The role of who joins by the invite link or an approved domain; empty is MEMBER.';
comment on column core.workspaces.suspended_at is
  'Since when nobody comes in; nothing is lost.';
comment on column core.workspaces.closed_at is
  E'@behavior -*\n'
  'Since when it is deleted: as if it were not there, and after a time of grace gone for good (tasks/purge_workspaces.ts).';
comment on column core.workspaces.schema_name is
  E'@behavior -*\n'
  'The PostgreSQL schema that holds the workspace''s tables.';
comment on column core.workspaces.metadata_version is
  'Grows with every change of the data model.';
comment on column core.workspaces.compatible_from is
  E'@behavior -*\n'
  'The oldest metadata_version whose compiled schemas still answer right.';
comment on column core.workspaces.shape is
  E'@behavior -*\n'
  'A hash of all that decides the GraphQL schema; workspaces of one shape share a compiled schema.';
comment on column core.workspaces.trash_retention_days is
  'How many days the trash keeps what was taken out of the data model, so that undoChange can bring it back.';
comment on column core.workspaces.limits is
  E'@behavior -*\n'
  'How much its members may ask for, where that differs from the configuration: {depth, fields, aliases, rootFields, rows, pageSize, batchSize, bodyBytes, statementTimeoutMs, requestsPerMinute} (src/graphql/limits.ts, src/rateLimits).';

-- Who sees a row: whoever speaks for the workspace.
alter table core.workspaces enable row level security;
alter table core.workspaces force row level security;

drop policy if exists in_workspace on core.workspaces;
create policy in_workspace on core.workspaces as restrictive
  using (id = (select authz.workspace_id()));

drop policy if exists members on core.workspaces;
create policy members on core.workspaces for select to relata_reader
  using (true);

drop policy if exists machine on core.workspaces;
create policy machine on core.workspaces to relata_owner
  using (true);

grant select on core.workspaces to relata_reader;

create or replace trigger _100_timestamps
  before update on core.workspaces
  for each row execute function private.tg__timestamps();

-- Servers remember limits beside the shape: both are looked up anew for another version.
create or replace function private.tg_workspaces__limits() returns trigger
language plpgsql
as $$
begin
  new.metadata_version := old.metadata_version + 1;
  new.compatible_from := new.metadata_version;
  return new;
end
$$;

comment on function private.tg_workspaces__limits() is
  'Lets no server go on with a workspace''s former limits.';

create or replace trigger _500_limits
  before update of limits on core.workspaces
  for each row when (old.limits is distinct from new.limits)
  execute function private.tg_workspaces__limits();
