-- A field of a member that rules of rows ask about ({"member": "team"}) says which records
-- he sees. All else of his own record is his to change; that would be a way up.

create or replace function private.tg_workspace_member__rule_fields() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _column text;
begin
  -- Who claims nothing is a DBA at psql; and who leaves takes what is known of him along.
  if authz.user_id() is null or authz.user_id() = authz.machine_id() or new.user_id is null
    or authz.has_permission('members') and (new.id is distinct from authz.member_id() or private.sees_all())
  then
    return new;
  end if;
  select n.key into _column
    from jsonb_each(to_jsonb(new)) n join jsonb_each(to_jsonb(old)) o on o.key = n.key and o.value is distinct from n.value
    where exists (select from core.row_rules r where r.workspace_id = authz.workspace_id() and private.rule_names_column(r.id, n.key))
    limit 1;
  if found then
    raise exception using errcode = '42501', message = 'This field decides who sees which records: those who manage members change it.';
  end if;
  return new;
end
$$;

comment on function private.tg_workspace_member__rule_fields() is
  'Lets nobody but who manages members, and sees all, change a field by which rules of rows decide what its member sees.';
