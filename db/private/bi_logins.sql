-- Logins for BI tools and psql: a PostgreSQL role of its own for one workspace and one role,
-- which reads what that role reads. It is a member of nothing, so that no policy that asks
-- for claims, which a session can set as it likes, lets it through: what it may see stands
-- in policies of its own, whole. Roles are made by the administrator (src/commands/bi.ts).

create table if not exists private.bi_logins (
  login        name primary key check (login ~ '^bi_[a-z0-9_]{1,59}$'),
  workspace_id uuid not null references core.workspaces on delete cascade,
  role_id      uuid not null,
  built        text not null default '',
  created_at   timestamptz not null default now(),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade
);

create index if not exists bi_logins_workspace_id_role_id_idx on private.bi_logins (workspace_id, role_id);

comment on table private.bi_logins is
  'The logins of BI tools, each of one workspace and one role.';
comment on column private.bi_logins.built is
  'A hash of what it is granted; anew when that changes.';

create or replace function authz.bi_may(workspace_id uuid) returns boolean
language plpgsql stable
as $$
begin
  -- Its own time-out stands; a session that has lifted it reads nothing.
  if current_setting('statement_timeout')::interval not between '1ms' and '5 minutes' then
    raise exception using errcode = '42501', message = 'Statements of this login end after five minutes at most: reset statement_timeout.';
  end if;
  -- Not by authz.workspace_id(): the login has no way into that schema.
  return nullif(current_setting('relata.workspace_id', true), '')::uuid = bi_may.workspace_id;
end
$$;

comment on function authz.bi_may(uuid) is
  'Whether a login of a BI tool has kept to its workspace and its time-out. Elsewhere it sees nothing.';

create or replace function private.without_member(condition text) returns text
language sql immutable
-- A login is no member, whatever its session says.
return regexp_replace(regexp_replace(replace(condition, 'authz.member_id()', 'null::uuid'),
  'authz\.my\(''[a-z0-9_]+''\)', 'null::text', 'g'), 'authz\.colleagues\(''[a-z0-9_]+''\)', 'null::uuid[]', 'g');

comment on function private.without_member(text) is
  'A rule of rows as it is for who is no member.';

create or replace function private.bi_rights(_login private.bi_logins)
returns table (tbl text, columns text[], condition text)
language sql stable
begin atomic
  with recursive hidden (id) as (
    select p.field_id from core.field_permissions p where p.role_id = _login.role_id and not p.can_read
    union
    select u.id from hidden h, lateral (
      select d.id from private.uses_of_field(h.id) d where d.kind in ('formula', 'rollup')
      union all
      select x from unnest(private.with_other_sides(h.id)) x) u
  )
  select private.table_of(o.id),
         array(select distinct c from core.fields f, private.columns_of(f) c
               where f.object_id = o.id and f.is_active and f.type <> 'TS_VECTOR'
                 and not exists (select from private.columns_below(array(select h.id from hidden h)) b where b.object_id = o.id and b.name = c) order by c),
         format('(select authz.bi_may(%L))', o.workspace_id) || coalesce(' and (' || (
           select string_agg(private.without_member(private.compile_row_rule(o.id, x.predicate, 'predicate')), ' or ' order by x.id)
           from core.row_rules x where x.role_id = _login.role_id and x.object_id = o.id and 'read' = any (x.actions)) || ')', '')
  from core.objects o
  join core.roles r on r.id = _login.role_id
  where o.workspace_id = _login.workspace_id and o.is_active and r.permissions && array['*', '*.read', o.name_plural || '.read'];
end;

comment on function private.bi_rights(private.bi_logins) is
  'What a login of a BI tool may read: tables, columns, and which records.';

create or replace function private.build_bi(workspace_id uuid) returns void
language plpgsql
as $$
declare
  _login private.bi_logins;
  _built text;
begin
  for _login in select * from private.bi_logins l where l.workspace_id = build_bi.workspace_id loop
    _built := (select md5(string_agg(r::text, ';' order by r.tbl)) from private.bi_rights(_login) r);
    if _built is distinct from _login.built then
      perform private.lock_metadata(build_bi.workspace_id);
      perform private.close_bi(_login);
      perform private.run(format('grant select (%s) on %s to %I', (select string_agg(quote_ident(c), ', ') from unnest(r.columns) c), r.tbl, _login.login)),
              private.run(format('create policy %I on %s for select to %I using (%s)', _login.login, r.tbl, _login.login, r.condition))
        from private.bi_rights(_login) r where r.columns <> '{}';
      update private.bi_logins l set built = coalesce(_built, '') where l.login = _login.login;
    end if;
  end loop;
end
$$;

comment on function private.build_bi(uuid) is
  'Grants the logins of BI tools in a workspace what their roles read, when that has changed.';

create or replace function private.close_bi(_login private.bi_logins) returns void
language plpgsql
as $$
declare
  _tbl record;
begin
  for _tbl in
    select format('%I.%I', n.nspname, c.relname) as name, exists (select from pg_policy p where p.polrelid = c.oid and p.polname = _login.login) as has_policy
    from core.workspaces w join pg_namespace n on n.nspname in (w.schema_name, 'trash') join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
    where w.id = _login.workspace_id
      and (exists (select from pg_policy p where p.polrelid = c.oid and p.polname = _login.login)
        or exists (select from pg_attribute a, aclexplode(a.attacl) x where a.attrelid = c.oid and a.attacl is not null and x.grantee = to_regrole(_login.login::text)))
  loop
    perform private.run(format('revoke all on %s from %I', _tbl.name, _login.login));
    if _tbl.has_policy then
      perform private.run(format('drop policy %I on %s', _login.login, _tbl.name));
    end if;
  end loop;
end
$$;

comment on function private.close_bi(private.bi_logins) is
  'Takes from a login of a BI tool all that it has on a workspace''s tables.';

create or replace function private.open_bi(login name, role_name text) returns void
language plpgsql
as $$
declare
  _workspace core.workspaces := (select w from core.workspaces w where w.id = authz.workspace_id());
  _role_id uuid := (select r.id from core.roles r where r.workspace_id = authz.workspace_id() and r.name = open_bi.role_name);
begin
  if _role_id is null then
    perform private.fail('NTFND', 'There is no such role.', 'role');
  end if;
  insert into private.bi_logins (login, workspace_id, role_id) values (open_bi.login, _workspace.id, _role_id);
  perform private.run(format('grant usage on schema %I to %I', _workspace.schema_name, open_bi.login));
  perform private.run(format('grant execute on function authz.bi_may(uuid), authz.workspace_id() to %I', open_bi.login));
  perform private.build_bi(_workspace.id);
end
$$;

comment on function private.open_bi(name, text) is
  'Lets a PostgreSQL role that was made for it read what a role of this workspace reads.';

create or replace function private.drop_bi(login name) returns void
language plpgsql
as $$
declare
  _login private.bi_logins := (select l from private.bi_logins l where l.login = drop_bi.login and l.workspace_id = authz.workspace_id());
begin
  if _login.login is null then
    perform private.fail('NTFND', 'There is no such login.', 'login');
  end if;
  perform private.close_bi(_login);
  perform private.run(format('revoke all on schema %I from %I', (select w.schema_name from core.workspaces w where w.id = _login.workspace_id), _login.login));
  perform private.run(format('revoke all on function authz.bi_may(uuid), authz.workspace_id() from %I', _login.login));
  delete from private.bi_logins l where l.login = _login.login;
end
$$;

comment on function private.drop_bi(name) is
  'Takes from a login of a BI tool all that it has, so that the role can be dropped.';
