-- The roles of Relata: one that owns, two that log in, the ones that requests become,
-- and two that policies and grants name: who reads, and who writes as well.
--
-- Run by src/migrate.ts as the administrator of the server, before migrations;
-- may be run again at any time. Passwords are set there too: they come from
-- APP_SECRET and are in no file.

do $$
declare
  -- Login roles own nothing and inherit nothing: all they can do is become a
  -- request role.
  _roles constant text[][] := array[
    ['relata_owner',     'nologin noinherit'],
    ['relata_server',    'login noinherit'],
    ['relata_worker',    'login noinherit'],
    ['relata_anonymous', 'nologin'],
    ['relata_reader',    'nologin'],
    ['relata_writer',    'nologin'],
    ['relata_guest',     'nologin'],
    ['relata_member',    'nologin'],
    ['relata_admin',     'nologin']
  ];
  _role text[];
begin
  -- Roles are shared by the whole cluster: two databases may come here at once.
  perform pg_advisory_xact_lock(hashtextextended('relata.roles', 0));
  foreach _role slice 1 in array _roles loop
    if not exists (select from pg_roles where rolname = _role[1]) then
      execute format('create role %I %s', _role[1], _role[2]);
    end if;
  end loop;
  -- So that DDL is not kept waiting by an autovacuum (private.lock_metadata). Who may not grant it goes without.
  if not has_parameter_privilege('relata_owner', 'deadlock_timeout', 'set') then
    begin
      grant set on parameter deadlock_timeout to relata_owner;
    exception when insufficient_privilege then
      null;
    end;
  end if;
end
$$;

-- Policies speak of readers and writers. Guests, members and admins are such, and have
-- every column of the records; an admin also shapes the workspace.
grant relata_reader to relata_writer;
grant relata_reader to relata_guest;
grant relata_writer, relata_guest to relata_member;
grant relata_member to relata_admin;
grant relata_anonymous, relata_guest, relata_member, relata_admin to relata_server;

-- Who may not read or change some fields becomes one of these instead, which is granted
-- single columns (private.field_limits). What one of them may differs from workspace to
-- workspace: nobody sees two, so that as many serve all as the most limited one needs.
do $$
begin
  for _n in 1 .. 32 loop
    if not exists (select from pg_roles where rolname = format('relata_limited_%s', _n)) then
      execute format('create role relata_limited_%s nologin', _n);
    end if;
    execute format('grant relata_writer to relata_limited_%1$s; grant relata_limited_%1$s to relata_server', _n);
  end loop;
end
$$;

-- The administrator installs as the owner, and puts in the demo data as the server.
grant relata_owner, relata_server to current_user;
