-- Whatever else a policy allows, in_workspace binds it: restrictive, for every
-- command and every role. Users belong to no workspace, so core.users has none.
--
-- Level: error
-- Mend: create policy in_workspace on … as restrictive using ((select authz.workspace_id() = '<the workspace>')), as db/private/build_policies.sql makes it
select format('%s: in_workspace is missing, or lets something by', c.oid::regclass) as fault
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and (n.nspname like 'workspace\_%'
    or n.nspname = 'core'
      and (c.relname = 'workspaces'
        or exists (select from pg_attribute a
                   where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped)))
  and not exists (
    select from pg_policy p
    where p.polrelid = c.oid
      and p.polname = 'in_workspace'
      and not p.polpermissive
      and p.polcmd = '*'
      and p.polroles = '{0}'
      and p.polwithcheck is null
      and pg_get_expr(p.polqual, p.polrelid) like '%authz.workspace\_id()%');
