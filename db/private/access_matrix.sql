-- Who may do what in a workspace, as a text that is the same as long as that is the same.

create or replace function private.access_matrix(workspace_id uuid) returns setof text
language sql stable
begin atomic
  with roles as (
    select r.* from core.roles r where r.workspace_id = access_matrix.workspace_id
  ), objects as (
    select o.* from core.objects o where o.workspace_id = access_matrix.workspace_id
  ), cells as (
    select r.id, r.name, o.name_plural, string_agg(case
             when not r.permissions && array['*', '*.' || a.action, o.name_plural || '.' || a.action] then '-'
             when exists (select from core.row_rules x where x.role_id = r.id and x.object_id = o.id and a.action = any (x.actions)) then lower(a.letter)
             else a.letter end, '' order by a.n) as may
    from roles r cross join objects o
    cross join (values (1, 'read', 'R'), (2, 'create', 'C'), (3, 'update', 'U'), (4, 'delete', 'D'), (5, 'destroy', 'X')) a (n, action, letter)
    group by r.id, r.name, o.name_plural
  ), lines (a, b, c, d, line) as (
    select '', 0, '', '', 'R read, C create, U update, D delete, X destroy; small: by rules; -: not'
    union all
    select r.name, 1, '', '', E'\n' || r.name || ': ' || coalesce(nullif(array_to_string(array(select p from unnest(r.permissions) p where p !~ '\.' order by p), ' '), ''), 'no settings')
    from roles r
    union all
    select c.name, 2, c.name_plural, '', format('  %s  %s', c.may, c.name_plural) from cells c
    union all
    select r.name, 3, o.name_plural, x.name, format('  rule %s.%s (%s): %s', o.name_plural, x.name, array_to_string(x.actions, ' '), x.printed)
    from core.row_rules x join roles r on r.id = x.role_id join objects o on o.id = x.object_id
    union all
    select r.name, 4, o.name_plural, f.name, format('  %s %s.%s', case when p.can_read then 'frozen' else 'hidden' end, o.name_plural, f.name)
    from core.field_permissions p join roles r on r.id = p.role_id join core.fields f on f.id = p.field_id join objects o on o.id = f.object_id
    union all
    select r.name, 5, coalesce(u.email, k.name), '', format('  held by %s', coalesce(u.email, 'the API key ' || k.name))
    from core.role_assignments s join roles r on r.id = s.role_id
    left join core.workspace_members m on m.id = s.member_id left join core.users u on u.id = m.user_id
    left join core.api_keys k on k.id = s.api_key_id
  )
  select l.line from lines l order by l.a collate "C", l.b, l.c collate "C", l.d collate "C", l.line collate "C";
end;

comment on function private.access_matrix(uuid) is
  'Who may do what in a workspace, role by role: objects, rules of rows, fields held back, holders. Lines in an order that only changes when rights do.';
