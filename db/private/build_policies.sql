-- Who may do what with an object's records: grants say what a guest and a member
-- can do at all, policies say in which workspace and with which permission.

create or replace function private.build_policies(object_id uuid, tbl text default null) returns void
language plpgsql
as $$
declare
  _object record;
begin
  select o.*, coalesce(build_policies.tbl, format('%I.%I', w.schema_name, o.table_name)) as tbl
    into strict _object
    from core.objects o join core.workspaces w on w.id = o.workspace_id
    where o.id = build_policies.object_id;

  perform private.run(format('alter table %s enable row level security', _object.tbl));
  perform private.run(format('alter table %s force row level security', _object.tbl));

  -- The constant stands inside the sub-select, or the planner guesses badly.
  perform private.run(format(
    'create policy in_workspace on %s as restrictive using ((select authz.workspace_id() = %L))',
    _object.tbl, _object.workspace_id));
  perform private.run(format(
    'create policy readers on %s for select to relata_reader using ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.read'));
  perform private.run(format(
    'create policy creators on %s for insert to relata_writer with check ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.create'));
  perform private.run(format(
    'create policy updaters on %s for update to relata_writer using ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.update'));
  -- A deleted record is written, and a record deleted or restored, by those who may delete.
  perform private.run(format(
    'create policy deleters on %s as restrictive for update to relata_writer using (deleted_at is null or (select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.delete'));
  -- Taking a record away for good is a right of its own.
  perform private.run(format(
    'create policy destroyers on %s for delete to relata_writer using ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.destroy'));
  -- What colleagues know of a member is his own to change, and else for those who manage members.
  if _object.name_singular = 'workspaceMember' and not _object.is_custom then
    perform private.run(format(
      $policy$create policy member_creators on %s as restrictive for insert to relata_writer
        with check ((select authz.has_permission('members')))$policy$, _object.tbl));
    perform private.run(format(
      $policy$create policy member_updaters on %s as restrictive for update to relata_writer
        using (id = (select authz.member_id()) or (select authz.has_permission('members')))
        with check (user_id = (select authz.user_id()) and deleted_at is null or (select authz.has_permission('members')))$policy$,
      _object.tbl));
    -- Only of who is no member any more.
    perform private.run(format(
      $policy$create policy member_destroyers on %s as restrictive for delete to relata_writer
        using (deleted_at is not null and (select authz.has_permission('members')))$policy$, _object.tbl));
    if build_policies.tbl is null then
      perform private.run(format('create or replace trigger _800_my_values after insert or update or delete on %s for each statement execute function private.tg__my_values()', _object.tbl));
    end if;
  end if;
  perform private.run(format('create policy machine on %s to relata_owner using (true)', _object.tbl));

  perform private.build_row_policies(object_id, _object.tbl);

  perform private.grant_table(_object.tbl);
end
$$;

comment on function private.build_policies(uuid, text) is
  'Puts an object''s table (or another that stands for it) under row level security and lets guests read it and members destroy. Columns are granted by private.grant_columns.';

create or replace function private.grant_table(tbl text) returns void
language plpgsql
as $$
begin
  perform private.run(format('grant select on %s to relata_guest', tbl));
  perform private.run(format('grant delete on %s to relata_member', tbl));
end
$$;

comment on function private.grant_table(text) is
  'Lets guests read a table''s records, and members destroy them, where the policies agree.';

create or replace function private.grant_columns(tbl text, columns text[]) returns void
language plpgsql
as $$
declare
  _created text := (select string_agg(format('%I', c), ', ') from unnest(columns) c
                    where c <> 'deleted_at');
  _changed text := (select string_agg(format('%I', c), ', ') from unnest(columns) c
                    where c not in ('id', 'created_at'));
begin
  -- format answers null for a null list, and executing nothing is an error.
  if _created is not null then
    perform private.run(format('grant insert (%s) on %s to relata_member', _created, tbl));
  end if;
  if _changed is not null then
    perform private.run(format('grant update (%s) on %s to relata_member', _changed, tbl));
  end if;
end
$$;

comment on function private.grant_columns(text, text[]) is
  'Lets members write these columns of a table; what is not granted is not in the API''s inputs. An id and a date of creation are given once, and nothing is created deleted.';
