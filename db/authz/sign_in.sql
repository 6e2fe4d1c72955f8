-- Sign-in, in two steps, as the password is proven outside the database (Argon2id):
-- first the hash to prove it against, then the workspaces that are open to the user.
-- Both are for the login role alone; no request role can call them.

create or replace function authz.password_of(email text) returns table (user_id uuid, password_hash text)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select s.user_id, s.password_hash
  from core.users u join private.user_secrets s on s.user_id = u.id
  where lower(u.email) = lower(password_of.email);
end;

comment on function authz.password_of(text) is
  'The user of an address and his Argon2id hash; no row when there is none. For the server alone.';
grant execute on function authz.password_of(text) to relata_server;

create or replace function authz.workspaces_of(user_id uuid) returns table (id uuid, subdomain text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.user_id', workspaces_of.user_id::text, true), set_config('relata.workspace_id', '', true);
  for id in
    select m.workspace_id from core.workspace_members m where m.user_id = workspaces_of.user_id order by m.created_at, m.id
  loop
    perform set_config('relata.workspace_id', id::text, true);
    select w.subdomain into strict subdomain from core.workspaces w where w.id = workspaces_of.id;
    return next;
  end loop;
end
$$;

comment on function authz.workspaces_of(uuid) is
  'The workspaces a user is a member of, the oldest membership first. For the server alone.';
grant execute on function authz.workspaces_of(uuid) to relata_server;
