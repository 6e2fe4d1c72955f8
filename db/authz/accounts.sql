-- What somebody does with his account before he is in: signs up, proves his address,
-- sets a new password, asks for a link. Each function that mails does the same work
-- for an address that is known and for one that is not, and answers nothing.

create or replace function private.pretend_mail(token_hash bytea) returns void
language plpgsql
as $$
declare
  _id uuid;
begin
  insert into private.one_time_tokens (token_hash, kind, expires_at) values (pretend_mail.token_hash, 'DECOY', now());
  insert into private.mails (template, recipient, status, done_at) values ('nobody', 'nobody@invalid.invalid', 'GIVEN_UP', now())
    returning id into _id;
  execute 'select graphile_worker.queue_job($1, $2, $3)'
    using 'send_email', json_build_object('mailId', _id), format('send_email.%s', _id);
end
$$;

comment on function private.pretend_mail(bytea) is
  'What keeping a token and mailing it costs, for an address that nobody has: whoever measures learns nothing.';

create or replace function authz.sign_up(email text, password_hash text, person jsonb, door jsonb, token_hash bytea, link jsonb, sign_in_link text)
returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _is_known boolean := exists (select from core.users u where lower(u.email) = lower(sign_up.email));
begin
  -- There is no user before the address is proven: nobody can lie in wait for its owner.
  perform authz.keep_token(case when _is_known then 'DECOY' else 'EMAIL_VERIFICATION' end, token_hash, null, null,
    jsonb_build_object('email', lower(sign_up.email), 'passwordHash', sign_up.password_hash, 'person', person, 'door', door),
    interval '1 hour');
  perform private.send_mail(
    case when _is_known then 'account_exists' else 'verify_address' end, sign_up.email,
    case when _is_known then jsonb_build_object('link', sign_in_link) else jsonb_build_object('link', link, 'expiresInMinutes', 60) end);
end
$$;

comment on function authz.sign_up(text, text, jsonb, jsonb, bytea, jsonb, text) is
  'Mails the one who wants an account a link that proves his address, and keeps what he gave until then; whoever has an account is told so, by mail. For the server alone.';
grant execute on function authz.sign_up(text, text, jsonb, jsonb, bytea, jsonb, text) to relata_server;

create or replace function authz.resend_verification(email text, token_hash bytea, link jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update private.one_time_tokens t
    set token_hash = resend_verification.token_hash, created_at = now(), expires_at = now() + interval '1 hour'
    where t.kind = 'EMAIL_VERIFICATION' and t.token_hash = (
      select p.token_hash from private.one_time_tokens p
      where p.kind = 'EMAIL_VERIFICATION' and p.data ->> 'email' = lower(resend_verification.email) and p.expires_at > now()
      order by p.created_at desc, p.token_hash limit 1);
  if found then
    perform private.send_mail('verify_address', resend_verification.email, jsonb_build_object('link', link, 'expiresInMinutes', 60));
  else
    perform private.pretend_mail(token_hash);
  end if;
end
$$;

comment on function authz.resend_verification(text, bytea, jsonb) is
  'Mails the newest sign-up of an address another link; the one before is worth nothing. For the server alone.';
grant execute on function authz.resend_verification(text, bytea, jsonb) to relata_server;

create or replace function authz.verify_email(token_hash bytea) returns table (email text, door jsonb)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _data jsonb := (select t.data from authz.use_token('EMAIL_VERIFICATION', token_hash) t);
begin
  if _data is null or exists (select from core.users u where lower(u.email) = _data ->> 'email') then
    return;
  end if;
  perform private.create_user(_data ->> 'email', _data ->> 'passwordHash',
    coalesce(_data -> 'person' ->> 'firstName', ''), coalesce(_data -> 'person' ->> 'lastName', ''));
  email := _data ->> 'email';
  door := _data -> 'door';
  return next;
end
$$;

comment on function authz.verify_email(bytea) is
  'Makes the user whose address a token (SHA-256) has proven, and answers where he wanted in; no row when it is over, or somebody has that address by now. For the server alone.';
grant execute on function authz.verify_email(bytea) to relata_server;

create or replace function authz.ask_password_reset(email text, token_hash bytea, link jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user core.users;
begin
  select * into _user from core.users u where lower(u.email) = lower(ask_password_reset.email);
  perform private.forget_tokens(_user.id, '{PASSWORD_RESET}');
  if _user.id is null then
    perform private.pretend_mail(token_hash);
    return;
  end if;
  perform authz.keep_token('PASSWORD_RESET', token_hash, _user.id, null, null, interval '30 minutes');
  perform private.send_mail('password_reset', _user.email, jsonb_build_object('link', link, 'expiresInMinutes', 30));
end
$$;

comment on function authz.ask_password_reset(text, bytea, jsonb) is
  'Mails the user of an address a link to set a new password; the links before it are worth nothing. For the server alone.';
grant execute on function authz.ask_password_reset(text, bytea, jsonb) to relata_server;

create or replace function private.set_password(user_id uuid, password_hash text, but_session uuid default null) returns void
language plpgsql
as $$
begin
  insert into private.user_secrets (user_id, password_hash) values (set_password.user_id, set_password.password_hash)
    on conflict on constraint user_secrets_pkey do update
      set password_hash = excluded.password_hash, password_changed_at = now();
  perform private.end_sessions(set_password.user_id, but_session),
          private.forget_tokens(set_password.user_id, '{PASSWORD_RESET,MAGIC_LINK,SECOND_FACTOR}');
  perform private.send_mail('password_changed', u.email,
      jsonb_build_object('time', to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')))
    from core.users u where u.id = set_password.user_id;
end
$$;

comment on function private.set_password(uuid, text, uuid) is
  'Gives a user another password, ends his sign-ins but for one if it is named, and mails him that it was changed.';

create or replace function authz.reset_password(token_hash bytea, password_hash text) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select t.user_id from authz.use_token('PASSWORD_RESET', token_hash) t);
begin
  if _user_id is null then
    return false;
  end if;
  perform private.set_password(_user_id, password_hash);
  return true;
end
$$;

comment on function authz.reset_password(bytea, text) is
  'Sets the password (Argon2id hash) of the user whom a reset token (SHA-256) was mailed to, and signs him out everywhere; false when the token is over. For the server alone.';
grant execute on function authz.reset_password(bytea, text) to relata_server;

create or replace function authz.address_of_reset(token_hash bytea) returns text
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select u.email from authz.see_token('PASSWORD_RESET', token_hash) t join core.users u on u.id = t.user_id;
end;

comment on function authz.address_of_reset(bytea) is
  'The address that a reset token (SHA-256) was mailed to; null when it is over. For the server alone.';
grant execute on function authz.address_of_reset(bytea) to relata_server;

create or replace function authz.password_of_session(session_id uuid, user_id uuid) returns table (email text, password_hash text)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select u.email, p.password_hash
  from private.sessions s
  join core.users u on u.id = s.user_id
  left join private.user_secrets p on p.user_id = u.id
  where s.id = password_of_session.session_id and s.user_id = password_of_session.user_id and s.expires_at > now()
    and s.method <> 'IMPERSONATION';
end;

comment on function authz.password_of_session(uuid, uuid) is
  'The address and Argon2id hash of who is signed in; no row when his sign-in is over, or another''s. For the server alone.';
grant execute on function authz.password_of_session(uuid, uuid) to relata_server;

create or replace function authz.change_password(session_id uuid, user_id uuid, password_hash text) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from authz.password_of_session(session_id, user_id)) then
    perform private.fail('LOGIN', 'Sign in first.');
  end if;
  perform private.set_password(user_id, password_hash, session_id);
end
$$;

comment on function authz.change_password(uuid, uuid, text) is
  'Sets the password (Argon2id hash) of who is signed in, and ends his other sign-ins. For the server alone.';
grant execute on function authz.change_password(uuid, uuid, text) to relata_server;

create or replace function authz.ask_magic_link(email text, door jsonb, token_hash bytea, link jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user core.users;
  _workspace uuid := authz.workspace_at(door ->> 'workspace');
begin
  select * into _user from core.users u where lower(u.email) = lower(ask_magic_link.email);
  perform private.forget_tokens(_user.id, '{MAGIC_LINK}');
  if _user.id is null and not private.is_expected(ask_magic_link.email, _workspace) then
    perform private.pretend_mail(token_hash);
    return;
  end if;
  perform authz.keep_token('MAGIC_LINK', token_hash, _user.id, null,
    jsonb_build_object('email', lower(ask_magic_link.email), 'door', door), interval '15 minutes');
  perform private.send_mail('magic_link', ask_magic_link.email, jsonb_build_object('link', link, 'expiresInMinutes', 15));
end
$$;

comment on function authz.ask_magic_link(text, jsonb, bytea, jsonb) is
  'Mails whoever has an account, or may join the workspace that the door names, a link that signs him in; the links before it are worth nothing. For the server alone.';
grant execute on function authz.ask_magic_link(text, jsonb, bytea, jsonb) to relata_server;

create or replace function private.is_expected(email text, workspace_id uuid) returns boolean
language plpgsql
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
  _is_expected boolean;
begin
  perform set_config('relata.workspace_id', is_expected.workspace_id::text, true);
  _is_expected := exists (
      select from core.invitations i
      where i.workspace_id = is_expected.workspace_id and i.email = lower(is_expected.email) and i.expires_at > now())
    or exists (
      select from core.approved_domains d
      where d.workspace_id = is_expected.workspace_id and d.is_validated and d.domain = lower(split_part(is_expected.email, '@', 2)));
  perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  return _is_expected;
end
$$;

comment on function private.is_expected(text, uuid) is
  'Whether an address that nobody has yet would be let into the workspace, were it proven.';
