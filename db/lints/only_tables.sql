-- A function or type of a workspace's own breaks prepared statements across
-- workspaces of one shape (decision 0003); a view or sequence has no metadata.
-- A function over a table's record is a field of the API, which is called without its
-- schema and prepared for each workspace.
--
-- Level: warning
-- Mend: move it to a schema of your own; of a function over records db/README.md, "The DBA's door", says what it must be
select format('%s is a function in a workspace: %s', f.function, f.why_not) as fault
from pg_namespace n, private.functions_in(n.nspname) f
where n.nspname like 'workspace\_%' and f.why_not is not null
union all
select format('%s is a type in a workspace', t.oid::regtype)
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
left join pg_type element on element.oid = t.typelem and t.typcategory = 'A'
left join pg_class c on c.oid = coalesce(element.typrelid, t.typrelid)
where n.nspname like 'workspace\_%'
  -- Each table comes with a row type and its array.
  and c.relkind is distinct from 'r'
union all
select format('%s is not a table', c.oid::regclass)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname like 'workspace\_%'
  and c.relkind not in ('r', 'i', 't');
