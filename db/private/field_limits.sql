-- Fields that are held back: for each set of them that members or API keys of a workspace
-- have, one of the roles relata_limited_1 to 32 is granted all columns but those. What no
-- grant names can be in no statement: not selected, not compared, not sorted by.

create table if not exists private.field_limits (
  workspace_id uuid not null references core.workspaces on delete cascade,
  slot         int not null check (slot between 1 and 32),
  fields_key   text not null,
  hidden       uuid[] not null,
  frozen       uuid[] not null,
  primary key (workspace_id, slot),
  unique (workspace_id, fields_key)
);

comment on table private.field_limits is
  'Which fields relata_limited_<slot> may not read (hidden) or not write (frozen) in a workspace. Derived: private.limit_fields.';

create or replace function private.held_back(workspace_id uuid)
returns table (caller_id uuid, hidden uuid[], frozen uuid[])
language sql stable
begin atomic
  with recursive holders as (
    select h.* from private.holders(held_back.workspace_id) h
    -- Who shapes the data model could read every field by a formula.
    where not exists (select from private.holders(held_back.workspace_id) s where s.caller_id = h.caller_id and s.permissions && '{*,data_model}')
  ), told as (
    -- For each field that a role of somebody's holds back, what all of his roles say of it.
    select h.caller_id, f.id as field_id, p.role_id is not null as is_held_back,
           h.permissions && array['*.read', o.name_plural || '.read'] and coalesce(p.can_read, true) as reads,
           h.permissions && array['*.create', '*.update', o.name_plural || '.create', o.name_plural || '.update'] and coalesce(p.can_update, true) as writes
    from (select distinct p.field_id from core.field_permissions p where p.workspace_id = held_back.workspace_id) x
    join core.fields f on f.id = x.field_id
    join core.objects o on o.id = f.object_id
    cross join holders h
    left join core.field_permissions p on p.role_id = h.role_id and p.field_id = f.id
  ), summed as (
    select t.caller_id, t.field_id, not bool_or(t.reads) as is_hidden, not bool_or(t.writes) as is_frozen
    from told t group by t.caller_id, t.field_id having bool_or(t.is_held_back)
  ), hidden (caller_id, field_id) as (
    select s.caller_id, s.field_id from summed s where s.is_hidden
    union
    -- What is made from it, and the other side of a relation.
    select h.caller_id, u.id
    from hidden h, lateral (
      select d.id from private.uses_of_field(h.field_id) d where d.kind in ('formula', 'rollup')
      union all
      select x from unnest(private.with_other_sides(h.field_id)) x
    ) u
  )
  select c.caller_id,
         array(select h.field_id from hidden h where h.caller_id = c.caller_id order by h.field_id),
         array(select s.field_id from summed s where s.caller_id = c.caller_id and s.is_frozen order by s.field_id)
  from (select h.caller_id from hidden h union select s.caller_id from summed s where s.is_frozen) c;
end;

comment on function private.held_back(uuid) is
  'The fields that a workspace''s members and API keys may not read (hidden, with all that is made from them) and may not write (frozen). A field is theirs as soon as one role that opens its object does not hold it back.';

create or replace function private.fields_key(hidden uuid[], frozen uuid[]) returns text
language sql stable
begin atomic
  -- By names, so that workspaces alike share a compiled schema.
  select encode(sha256(convert_to(string_agg(format('%s.%s %s', o.name_singular, f.name, f.id = any (fields_key.hidden)), E'\n'
           order by o.name_singular, f.name), 'UTF8')), 'hex')
  from core.fields f join core.objects o on o.id = f.object_id
  where f.id = any (fields_key.hidden || fields_key.frozen);
end;

comment on function private.fields_key(uuid[], uuid[]) is
  'A hash of the names of the fields that are held back.';

create or replace function private.limit_fields(workspace_id uuid) returns void
language plpgsql
as $$
declare
  _limits record;
  _slot int;
begin
  if not exists (select from core.field_permissions p where p.workspace_id = limit_fields.workspace_id)
    and not exists (select from private.field_limits l where l.workspace_id = limit_fields.workspace_id)
  then
    return;
  end if;
  -- Grants are catalog rows, and one change of them at a time is enough.
  perform private.lock_metadata(limit_fields.workspace_id);
  delete from private.field_limits l where l.workspace_id = limit_fields.workspace_id;
  for _slot in 1 .. 32 loop
    perform private.revoke_limited(limit_fields.workspace_id, _slot);
  end loop;

  _slot := 0;
  for _limits in
    select private.fields_key(h.hidden, h.frozen) as fields_key, h.hidden, h.frozen, array_agg(h.caller_id) as callers
    from private.held_back(limit_fields.workspace_id) h
    group by 1, 2, 3 order by 1
  loop
    _slot := _slot + 1;
    if _slot > 32 then
      perform private.fail('LIMIT', 'Members of one workspace can have at most 32 different sets of fields held back from them.');
    end if;
    insert into private.field_limits values (limit_fields.workspace_id, _slot, _limits.fields_key, _limits.hidden, _limits.frozen);
    perform private.grant_limited(limit_fields.workspace_id, _slot, _limits.hidden, _limits.frozen);
    update private.access a set fields_key = _limits.fields_key, request_role = 'relata_limited_' || _slot
      where a.workspace_id = limit_fields.workspace_id and a.caller_id = any (_limits.callers);
  end loop;
end
$$;

comment on function private.limit_fields(uuid) is
  'Grants the limited roles of a workspace what they may read and write, and says in private.access who becomes which.';

create or replace function private.revoke_limited(workspace_id uuid, slot int) returns void
language plpgsql
as $$
declare
  _role text := 'relata_limited_' || slot;
  _tbl regclass;
begin
  for _tbl in
    select c.oid from core.workspaces w
    join pg_class c on c.relnamespace = to_regnamespace(quote_ident(w.schema_name)) and c.relkind in ('r', 'p')
    where w.id = revoke_limited.workspace_id
      and (exists (select from aclexplode(c.relacl) x where x.grantee = _role::regrole)
        or exists (select from pg_attribute a, aclexplode(a.attacl) x
                   where a.attrelid = c.oid and a.attacl is not null and x.grantee = _role::regrole))
  loop
    execute format('revoke all on %s from %I', _tbl, _role);
  end loop;
end
$$;

comment on function private.revoke_limited(uuid, int) is
  'Takes from a limited role all that it has on a workspace''s tables.';

create or replace function private.grant_limited(workspace_id uuid, slot int, hidden uuid[], frozen uuid[]) returns void
language plpgsql
as $$
declare
  _role text := 'relata_limited_' || slot;
  _tbl record;
begin
  for _tbl in
    select format('%I.%I', w.schema_name, o.table_name)::regclass as name, b.unread, b.unwritten
    from core.objects o
    join core.workspaces w on w.id = o.workspace_id
    cross join lateral (
      select array(select c.name from private.columns_below(grant_limited.hidden) c where c.object_id = o.id) as hidden,
             array(select c.name from private.columns_below(grant_limited.frozen) c where c.object_id = o.id) as frozen) h
    cross join lateral (
      select array_remove(h.hidden || case when exists (select from private.search_columns(o) s where s.column_name = any (h.hidden))
                                      then 'search_vector' end, null) as unread,
             h.hidden || h.frozen as unwritten) b
    where o.workspace_id = grant_limited.workspace_id
  loop
    -- What guests read and members write, less that.
    execute (
      select string_agg(format('grant %s (%s) on %s to %I', verb, columns, _tbl.name, _role), '; ')
      from (
        select v.verb, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
        from pg_attribute a
        cross join (values ('select', 'relata_guest', _tbl.unread), ('insert', 'relata_member', _tbl.unwritten), ('update', 'relata_member', _tbl.unwritten))
          v (verb, like_role, less)
        where a.attrelid = _tbl.name and a.attnum > 0 and not a.attisdropped
          and a.attname <> all (v.less) and has_column_privilege(v.like_role, a.attrelid, a.attnum, v.verb)
        group by v.verb) g);
    execute format('grant delete on %s to %I', _tbl.name, _role);
  end loop;
end
$$;

comment on function private.grant_limited(uuid, int, uuid[], uuid[]) is
  'Grants a limited role what guests read and members write in a workspace, less the fields that are hidden from it or frozen. Where a hidden field is searched for, search is hidden too.';
