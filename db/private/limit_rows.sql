-- Who sees some records only: for each member and API key, the permissions that rules of
-- rows limit, and the rules that open records. A rule counts when its own role gives the
-- permission; a role that gives it without a rule opens every record.

create or replace function private.limited_rows(workspace_id uuid)
returns table (caller_id uuid, permission text, rules text[])
language sql stable
begin atomic
  select h.caller_id, a.permission, array_agg(r.id || '.' || a.action order by r.id)
  from (select distinct o.id, o.name_plural, x as action, o.name_plural || '.' || x as permission
        from core.row_rules r join core.objects o on o.id = r.object_id, unnest(r.actions) x
        where r.workspace_id = limited_rows.workspace_id) a
  join private.holders(limited_rows.workspace_id) h on h.permissions && array['*', '*.' || a.action, a.permission]
  left join core.row_rules r on r.role_id = h.role_id and r.object_id = a.id and a.action = any (r.actions)
  group by h.caller_id, a.permission
  having bool_and(r.id is not null);
end;

comment on function private.limited_rows(uuid) is
  'The permissions that a workspace''s members and API keys have for some records only, and by which rules (id.action).';

create or replace function private.limit_rows(workspace_id uuid) returns void
language plpgsql
as $$
begin
  if not exists (select from core.row_rules r where r.workspace_id = limit_rows.workspace_id)
    and not exists (select from private.access a where a.workspace_id = limit_rows.workspace_id and a.conditions <> '{}')
  then
    return;
  end if;
  with limits as (
    select a.caller_id, array_agg(l.permission order by l.permission) filter (where l.permission is not null) as conditions,
           array_agg(distinct r order by r) filter (where r is not null) as rules
    from private.access a
    left join private.limited_rows(limit_rows.workspace_id) l on l.caller_id = a.caller_id
    left join unnest(l.rules) r on true
    where a.workspace_id = limit_rows.workspace_id
    group by a.caller_id
  )
  update private.access a
    set conditions = (select coalesce(array_agg(distinct c order by c), '{}') from unnest(l.conditions) c), rules = coalesce(l.rules, '{}')
    from limits l
    where a.workspace_id = limit_rows.workspace_id and a.caller_id = l.caller_id;
end
$$;

comment on function private.limit_rows(uuid) is
  'Says in private.access who sees some records only, and by which rules.';
