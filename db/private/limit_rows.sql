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
    set conditions = (select coalesce(array_agg(distinct c order by c), '{}') from unnest(l.conditions) c), rules = coalesce(l.rules, '{}'), my_values = '{}'
    from limits l
    where a.workspace_id = limit_rows.workspace_id and a.caller_id = l.caller_id;
  perform private.keep_my_values(limit_rows.workspace_id);
end
$$;

comment on function private.limit_rows(uuid) is
  'Says in private.access who sees some records only, and by which rules.';

create or replace function private.keep_my_values(workspace_id uuid) returns void
language plpgsql
as $$
declare
  _schema text := (select w.schema_name from core.workspaces w where w.id = keep_my_values.workspace_id);
  _column text;
begin
  for _column in
    select distinct c from core.row_rules r, unnest(r.member_columns) c where r.workspace_id = keep_my_values.workspace_id
  loop
    -- Records of members who have left are still their colleagues'.
    execute format($sql$
      with known as (select m.id, nullif(m.%1$I::text, '') as value from %2$I.workspace_member m),
           lists as (select k.value, array_agg(k.id order by k.id)::text as ids from known k where k.value is not null group by k.value)
      update private.access a
        set my_values = a.my_values || jsonb_build_object('my_' || $2, coalesce(k.value, ''), 'with_my_' || $2, coalesce(l.ids, ''))
        from known k left join lists l on l.value = k.value
        where a.workspace_id = $1 and a.member_id = k.id and a.rules <> '{}'
      $sql$, _column, _schema)
      using keep_my_values.workspace_id, _column;
  end loop;
end
$$;

comment on function private.keep_my_values(uuid) is
  'Works out what rules of rows need to know of each member: his own values, and who has the same.';

create or replace function private.tg__my_values() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _claimed text := coalesce(current_setting('relata.workspace_id', true), '');
  _workspace_id uuid := private.workspace_of(tg_table_schema);
begin
  perform set_config('relata.workspace_id', _workspace_id::text, true);
  if exists (select from core.row_rules r where r.workspace_id = _workspace_id and r.member_columns <> '{}') then
    perform private.keep_my_values(_workspace_id);
  end if;
  perform set_config('relata.workspace_id', _claimed, true);
  return null;
end
$$;

comment on function private.tg__my_values() is
  'After the records of members changed: what rules of rows need to know of them.';
