-- What in a workspace's schema is not as its metadata says, and what would make it
-- metadata: the answer to `npm run relata -- drift`.

create or replace function private.access_differences(_object core.objects) returns setof text
language plpgsql
as $$
begin
  -- What Relata would make, made on a table that nobody sees, and compared.
  perform private.run(format('create temporary table relata_like (like %s)', private.table_of(_object.id)));
  perform private.build_policies(_object.id, 'pg_temp.relata_like');
  perform private.grant_columns('pg_temp.relata_like', array(
    select c from core.fields f, private.writable_columns(f) c
    join pg_attribute a on a.attrelid = private.table_of(_object.id)::regclass and a.attname = c and not a.attisdropped
    where f.object_id = _object.id));
  return query
    with lines (tbl, line) as (
      select p.polrelid::regclass, format('policy %s: %s for %s to %s using %s check %s', p.polname,
        case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
        (select string_agg(r::regrole::text, ', ' order by r) from unnest(p.polroles) r where r <> 0),
        coalesce(pg_get_expr(p.polqual, p.polrelid), 'anything'), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'the same'))
      from pg_policy p
      where not exists (select from private.bi_logins l where l.login = p.polname)
      union all
      select c.oid::regclass, format('grant: %s may %s', a.grantee::regrole, lower(a.privilege_type))
      from pg_class c, aclexplode(c.relacl) a where a.grantee <> c.relowner and a.grantee <> 0
        -- What these have is private.limit_fields' to say.
        and a.grantee::regrole::text !~ '^relata_limited_'
      union all
      select col.attrelid::regclass, format('grant: %s may %s %s', a.grantee::regrole, lower(a.privilege_type), col.attname)
      from pg_attribute col, aclexplode(col.attacl) a where a.grantee <> 0 and not col.attisdropped and a.grantee::regrole::text !~ '^relata_limited_'
        and not exists (select from private.bi_logins l where to_regrole(l.login::text) = a.grantee)
    )
    select format('access in the catalog only: %s.%s', _object.table_name, line) from (
      select line from lines where tbl = private.table_of(_object.id)::regclass
      except select line from lines where tbl = 'pg_temp.relata_like'::regclass) x
    union all
    select format('access in the metadata only: %s.%s', _object.table_name, line) from (
      select line from lines where tbl = 'pg_temp.relata_like'::regclass
      except select line from lines where tbl = private.table_of(_object.id)::regclass) x;
  perform private.run('drop table pg_temp.relata_like');
exception when undefined_column then
  return query select format('access in the metadata only: %s.policies, which need a column that is gone: %s', _object.table_name, sqlerrm);
end
$$;

comment on function private.access_differences(core.objects) is
  'Policies and grants of an object''s table that are not those that Relata makes.';

create or replace function private.adoptions(workspace_id uuid) returns table (fault text, change jsonb)
language sql stable
as $$
  with tables as (
    select w.schema_name as s, o.table_name as t, o.id as object_id, to_regclass(format('%I.%I', w.schema_name, o.table_name)) as oid
    from core.objects o join core.workspaces w on w.id = o.workspace_id where w.id = adoptions.workspace_id
  )
  select format('in the catalog only: column %s.%s.%s %s%s', s, t, a.attname, a.atttypid::regtype, case when a.attnotnull then ' not null' end),
         jsonb_build_object('kind', 'adoptField', 'data', jsonb_build_object('objectId', object_id, 'column', a.attname))
  from tables join pg_attribute a on a.attrelid = tables.oid where a.attnum > 0 and not a.attisdropped
  union all
  select 'in the metadata only: ' || l.line, jsonb_build_object('kind', 'forgetField', 'data', jsonb_build_object('id', f.id))
  from tables
  join core.fields f on f.object_id = tables.object_id
  cross join private.columns_of(f) c
  cross join lateral (select format('column %s.%s.%s ', s, t, c) as line) l
  where tables.oid is not null
    and not exists (select from pg_attribute a where a.attrelid = tables.oid and a.attname = c and not a.attisdropped)
$$;

comment on function private.adoptions(uuid) is
  'What would make metadata of a fault of private.disagreements: the change, by the fault''s text (or its beginning, for a column that is gone).';

create or replace function private.drift(workspace_id uuid) returns table (fault text, change jsonb)
language plpgsql set jit = off -- it runs once
as $$
declare
  _schema text := (select w.schema_name from core.workspaces w where w.id = drift.workspace_id);
begin
  return query
    with adoptions as materialized (select * from private.adoptions(drift.workspace_id))
    select d.fault, (
      select a.change from adoptions a
      where a.fault = d.fault or right(a.fault, 1) = ' ' and starts_with(d.fault, a.fault) limit 1)
    from private.disagreements() d
    -- Of other schemas the catalog tells, too, and nothing that is here known of them.
    where d.fault ~ format('\m%s\M', _schema) or d.fault !~ '\mworkspace_'
    order by d.fault;
  return query
    select x.line, null::jsonb
    from core.objects o cross join lateral private.access_differences(o) x (line)
    where o.workspace_id = drift.workspace_id and to_regclass(private.table_of(o.id)) is not null
    order by x.line;
  return query
    select format('function %s: %s', f.function, f.why_not), null::jsonb
    from private.functions_in(_schema) f where f.why_not is not null order by 1;
end
$$;

comment on function private.drift(uuid) is
  'Each difference between a workspace''s metadata and the catalog, with the change ({kind, data}) that makes it metadata, when one can; for the transaction that speaks for the workspace.';
