-- Why somebody may do something with a record, or may not: the very policies of its table
-- are asked, under his claim, which is taken back; those that a DBA added are among them.

create or replace function private.policies_of(tbl regclass, request_role text, action text)
returns table (part text, name text, is_permissive boolean, expression text, is_about_new boolean)
language sql stable
begin atomic
  with policies as materialized (
    -- To print one takes longer than to ask it.
    select p.polname, p.polpermissive, p.polcmd::text as cmd, pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as checked
    from pg_policy p
    where p.polrelid = policies_of.tbl
      and p.polcmd = any (case policies_of.action when 'read' then '{r,*}' when 'destroy' then '{r,d,*}' else '{r,w,*}' end::"char"[])
      and exists (select from unnest(p.polroles) r where r = 0 or pg_has_role(policies_of.request_role, r, 'usage'))
  )
  select w.part, p.polname, p.polpermissive, coalesce(case when w.is_check then p.checked end, p.qual, 'true'), w.is_check and policies_of.action = 'delete'
  from (values ('read', 'r', false, '{read,update,delete,destroy}'::text[]), ('update', 'w', false, '{update,delete}'), ('check', 'w', true, '{update,delete}'),
               -- What is changed and then looked for is to be seen still.
               ('seen', 'r', true, '{delete}'), ('destroy', 'd', false, '{destroy}')) w (part, cmd, is_check, actions)
  join policies p on p.cmd in (w.cmd, '*')
  where policies_of.action = any (w.actions);
end;

comment on function private.policies_of(regclass, text, text) is
  'The policies that PostgreSQL asks when a role does something with a record, and in which part of it: reading, updating, checking what becomes of it, seeing that.';

create or replace function private.ask_policies(tbl regclass, request_role text, action text, record_id uuid)
returns table (part text, name text, is_permissive boolean, holds boolean)
language plpgsql stable
as $$
declare
  _parts text[];
  _names text[];
  _kinds boolean[];
  _ages boolean[];
  _places int[];
  _questions text;
begin
  with asked as materialized (
    select p.*, dense_rank() over (order by p.expression) as place
    from private.policies_of(ask_policies.tbl, ask_policies.request_role, ask_policies.action) p
  )
  select array_agg(a.part), array_agg(a.name), array_agg(a.is_permissive), array_agg(a.is_about_new), array_agg(a.place),
         (select string_agg(d.expression, ', ' order by d.place) from (select distinct b.place, b.expression from asked b) d)
    into _parts, _names, _kinds, _ages, _places, _questions
    from asked a;
  -- To plan a question takes longer than to answer it, so each is put once, for the record as it is and as it would be.
  return query execute format(
      'select u.part, u.name, u.kind, r.answers[u.place]
       from (select n.is_new, (select array[%s]::boolean[] from jsonb_populate_record(x, case when n.is_new then ''{"deleted_at": "2000-01-01"}'' else ''{}'' end::jsonb) %I) as answers
             from %s x, unnest($6) n (is_new) where x.id = $7 offset 0) r
       join unnest($1, $2, $3, $4, $5) u (part, name, kind, is_new, place) on u.is_new = r.is_new',
      _questions, (select c.relname from pg_class c where c.oid = ask_policies.tbl), ask_policies.tbl)
    using _parts, _names, _kinds, _ages, _places, case when true = any (_ages) then '{f,t}' else '{f}' end::boolean[], ask_policies.record_id;
end
$$;

comment on function private.ask_policies(regclass, text, text, uuid) is
  'What each policy says of a record, under the claim that is made; nothing when the record is not there.';

create or replace function private.why(caller_id uuid, object_id uuid, record_id uuid, action text) returns jsonb
language plpgsql
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _object core.objects := (select o from core.objects o where o.id = why.object_id and o.workspace_id = _workspace_id);
  _tbl regclass := private.table_of(why.object_id)::regclass;
  _role text;
  _answer jsonb;
begin
  begin
    select c.request_role into _role from authz.claim(caller_id, _workspace_id, null) c;
    _answer := private.decide(_object, _tbl, _role, record_id, action);
    -- The claim is taken back.
    raise exception using errcode = 'ROLLB';
  exception
    when sqlstate 'ROLLB' then null;
    when sqlstate 'LOGIN' or sqlstate 'SUSPD' then
      _answer := jsonb_build_object('may', false, 'because', 'has no access to the workspace');
  end;
  return _answer;
end
$$;

comment on function private.why(uuid, uuid, uuid, text) is
  'Whether a member (by his user) or an API key may read, update, delete or destroy a record, and what decides: {may, because}. For the transaction that speaks for the workspace.';

create or replace function private.decide(_object core.objects, tbl regclass, request_role text, record_id uuid, action text) returns jsonb
language plpgsql stable
as $$
declare
  _needed text[] := case action when 'read' then '{read}' when 'update' then '{read,update}' when 'delete' then '{read,update,delete}' else array['read', action] end;
  _missing text := (select x from unnest(_needed) x where not authz.has_permission(_object.name_plural || '.' || x) limit 1);
  _parts text[] := case action when 'read' then '{read}' when 'update' then '{read,update,check}' when 'delete' then '{read,update,check,seen}' else '{read,destroy}' end;
  _is_there boolean;
  _no record;
begin
  if _missing is not null then
    return jsonb_build_object('may', false, 'because', format('no role of his has %s.%s', _object.name_plural, _missing));
  end if;
  if not (case action
      when 'read' then has_any_column_privilege(request_role, tbl, 'select')
      when 'destroy' then has_table_privilege(request_role, tbl, 'delete')
      else has_any_column_privilege(request_role, tbl, 'update') end) then
    return jsonb_build_object('may', false, 'because', format('the PostgreSQL role %s is granted nothing of that', request_role));
  end if;
  with answers as materialized (
    select a.* from private.ask_policies(tbl, request_role, action, record_id) a
  ), refusals as (
    -- Of those that let, one is enough, and must be there; those that keep out must all agree.
    select p.part, null as name from unnest(_parts) p (part)
    where not exists (select from answers a where a.part = p.part and a.is_permissive and a.holds)
    union all
    select a.part, a.name from answers a where not a.is_permissive and a.holds is not true
  )
  select r.name, exists (select from answers) as is_asked into _no from refusals r order by array_position(_parts, r.part), r.name nulls first limit 1;
  if found then
    if not _no.is_asked then
      execute format('select exists (select from %s where id = $1)', tbl) into _is_there using record_id;
      if not _is_there then
        return jsonb_build_object('may', false, 'because', 'there is no such record');
      end if;
    end if;
    return jsonb_build_object('may', false, 'because', private.refusal_in_words(_object, _no.name, action));
  end if;
  return jsonb_build_object('may', true, 'because', private.grant_in_words(_object, record_id, action));
end
$$;

comment on function private.decide(core.objects, regclass, text, uuid, text) is
  'The answer of private.why, under the claim that is made.';

create or replace function private.refusal_in_words(_object core.objects, policy text, action text) returns text
language sql stable
return case
  when policy is null then 'no policy lets him'
  when policy = 'deleters' then format('the record is deleted or would be, and no role of his has %s.delete', _object.name_plural)
  when policy in ('rows_read', 'rows_updated', 'rows_deleted', 'rows_destroyed') then format('no rule of his lets it in (%s)', coalesce((
    select string_agg(distinct format('%s %s: %s', o.name, r.name, r.printed), '; ')
    from core.row_rules r join core.roles o on o.id = r.role_id
    where r.object_id = _object.id and r.role_id = any (authz.role_ids())
      and case policy when 'rows_read' then 'read' when 'rows_deleted' then 'delete' when 'rows_destroyed' then 'destroy' else 'update' end = any (r.actions)),
    'he has none'))
  else format('policy %s', policy) end;

comment on function private.refusal_in_words(core.objects, text, text) is
  'Why a policy refuses a record to the caller.';

create or replace function private.grant_in_words(_object core.objects, record_id uuid, action text) returns text
language plpgsql stable
as $$
declare
  _rule record;
  _holds boolean;
begin
  if authz.is_conditional(_object.name_plural || '.' || action) then
    for _rule in
      select r.id, r.name, r.printed, r.predicate, o.name as role_name
      from core.row_rules r join core.roles o on o.id = r.role_id
      where r.object_id = _object.id and authz.has_rule(r.id::text, action) order by o.name, r.name
    loop
      execute format('select exists (select from %s where id = $1 and %s)', private.table_of(_object.id),
          private.compile_row_rule(_object.id, _rule.predicate, 'predicate')) into _holds using record_id;
      if _holds then
        return format('rule %s of the role %s: %s', _rule.name, _rule.role_name, _rule.printed);
      end if;
    end loop;
  end if;
  return coalesce((
    select format('the role %s has %s', r.name, p)
    from core.roles r, unnest(r.permissions) p
    where r.id = any (authz.role_ids()) and p in ('*', '*.' || action, _object.name_plural || '.' || action)
      and not exists (select from core.row_rules x where x.role_id = r.id and x.object_id = _object.id and action = any (x.actions))
    order by r.name, p limit 1), 'policies that are not Relata''s');
end
$$;

comment on function private.grant_in_words(core.objects, uuid, text) is
  'What opens a record to the caller: a role, or a rule of one.';
