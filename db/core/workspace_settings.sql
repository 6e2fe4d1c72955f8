-- What core.workspaces says of roles, which are made after it.

do $$
begin
  if not exists (select from pg_constraint where conname = 'workspaces_default_role_id_fkey') then
    alter table core.workspaces add constraint workspaces_default_role_id_fkey
      foreign key (id, default_role_id) references core.roles (workspace_id, id) on delete set null (default_role_id);
  end if;
end
$$;

comment on constraint workspaces_default_role_id_fkey on core.workspaces is E'@fieldName defaultRole\n@foreignFieldName defaultOf';

create index if not exists workspaces_id_default_role_id_idx
  on core.workspaces (id, default_role_id);
