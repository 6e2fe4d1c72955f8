create or replace function private.tg__timestamps() returns trigger
language plpgsql
as $$
begin
  new.updated_at := greatest(now(), old.updated_at + interval '1 microsecond');
  return new;
end
$$;

comment on function private.tg__timestamps() is
  'Keeps updated_at true, whoever writes; it never stands still or goes back.';

create or replace function private.tg__record_updated() returns trigger
language plpgsql
as $$
begin
  -- A rollup that follows its children is no change of anybody's (private.tg__rollup).
  if current_user = 'relata_owner' and current_setting('relata.keeping', true) = 'on' then
    return new;
  end if;
  -- It is the record's version (authz.require_version): no two states have the same.
  new.updated_at := greatest(clock_timestamp(), old.updated_at + interval '1 microsecond');
  new.updated_by_source := authz.actor_source();
  new.updated_by_workspace_member_id := authz.member_id();
  new.updated_by_name := authz.actor_name();
  new.updated_by_context := null;
  return new;
end
$$;

comment on function private.tg__record_updated() is
  'Keeps updatedAt and updatedBy of a workspace''s record true, whoever writes.';
