-- Keeps rollups right, whoever writes: behind each statement on the records that
-- are added up. Parents are locked in a statement of their own, in the order of
-- their ids, so that the one after it sees what others have committed meanwhile
-- (READ COMMITTED), and two who come from two sides do not wait for each other.
--
-- Its arguments are written by private.build_rollups: the workspace, and three
-- statements, over old_rows and new_rows, and over $1, the parents' ids.

create or replace function private.tg__rollup() returns trigger
language plpgsql
-- Compiling these statements would take longer than running them.
security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
  _claimed text := current_setting('relata.workspace_id', true);
  _parents uuid[];
begin
  execute tg_argv[1] into _parents;
  if _parents is null then
    return null;
  end if;
  -- Of this table's workspace, also for who came without a claim: psql, a worker.
  perform set_config('relata.workspace_id', tg_argv[0], true), set_config('relata.keeping', 'on', true);
  execute tg_argv[2] using _parents;
  execute tg_argv[3] using _parents;
  perform set_config('relata.workspace_id', coalesce(_claimed, ''), true), set_config('relata.keeping', '', true);
  return null;
end
$$;

comment on function private.tg__rollup() is
  'Computes the rollups of the records whose children a statement has changed.';
