-- What is declared and does not hold: an index or a constraint that was never
-- finished, a trigger that is switched off, a table that a crash empties.
--
-- Level: warning
-- Mend: reindex index concurrently …; alter table … validate constraint …; alter table … enable trigger …; alter table … set logged
select format('index %s is not valid', i.indexrelid::regclass) as fault
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
where (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and not (i.indisvalid and i.indisready)
  -- One that a job is building says so.
  and not exists (select from core.indexes x join core.workspaces w on w.id = x.workspace_id
                  where w.schema_name = n.nspname and x.name = c.relname and x.status <> 'READY')
  and not exists (select from core.fields f, private.unique_index(f) u
                  where 'UNIQUE' = any (f.building) and i.indrelid = private.table_of(f.object_id)::regclass and u.name = c.relname)
  and not exists (select from core.fields f join core.relations r on r.from_field_id = f.id, private.relation_indexes(r) k
                  where 'INDEXES' = any (f.building) and i.indrelid = private.table_of(r.from_object_id)::regclass and k.name = c.relname)
union all
select format('constraint %s on %s is not validated', c.conname, c.conrelid::regclass)
from pg_constraint c join pg_namespace n on n.oid = c.connamespace
where (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and not c.convalidated
  -- Those of a field added later: they hold for all that is written, and its column began with what was tried.
  and not exists (select from core.fields f, private.field_parts(f) p
                  where c.contype = 'c' and c.conrelid = to_regclass(private.table_of(f.object_id))
                    and (c.conname in (f.column_name || '_check', p.path || '_check')
                         or c.conname = p.path || '_given' and 'REQUIRED' = any (f.building)))
  -- A job will read the records.
  and not exists (select from core.fields f join core.relations r on r.from_field_id = f.id
                  where 'KEYS' = any (f.building) and c.conrelid = private.table_of(r.from_object_id)::regclass
                    and c.contype = 'f' and c.conname = left(r.column_name || '_fkey', 63))
  -- A rule for new records only lets the others be.
  and pg_get_constraintdef(c.oid) not like '%authz.break\_rule(%'
union all
select format('trigger %s on %s is off', t.tgname, t.tgrelid::regclass)
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and t.tgenabled <> 'O'
union all
select format('table %s is not logged', c.oid::regclass)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and c.relkind = 'r' and c.relpersistence <> 'p';
