-- Another address to sign in with: a link is mailed to the new one, and the user who
-- brings its token back has proven it. Whether somebody else has that address, nobody
-- is told who does not read its mail.

create or replace function core.ask_email_change(email text, token_hash text, link jsonb) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _email text := lower(btrim(ask_email_change.email));
begin
  perform authz.require_self();
  perform private.require_fresh_sign_in();
  if not private.is_mail_address(_email) then
    perform private.fail('INPUT', 'That is not an address.', 'newEmail');
  end if;
  perform private.forget_tokens(authz.user_id(), '{EMAIL_CHANGE}');
  insert into private.one_time_tokens (token_hash, kind, user_id, data, expires_at)
    values (decode(ask_email_change.token_hash, 'hex'), 'EMAIL_CHANGE', authz.user_id(), jsonb_build_object('email', _email), now() + interval '1 hour');
  if private.may_mail(_email) then
    perform private.send_mail(
      case when exists (select from core.users u where lower(u.email) = _email) then 'account_exists' else 'verify_address' end,
      _email, jsonb_build_object('link', link, 'expiresInMinutes', 60), 'email_change:' || ask_email_change.token_hash);
  end if;
  return true;
end
$$;

comment on function core.ask_email_change(text, text, jsonb) is
  'Mails a link to another address of the caller''s; core.change_email makes it his. The same answer whether somebody has it already.';
grant execute on function core.ask_email_change(text, text, jsonb) to relata_reader;

create or replace function core.change_email(token_hash text) returns text
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := authz.user_id();
  _own uuid := authz.workspace_id();
  _before text;
  _email text;
  _workspace_id uuid;
begin
  perform authz.require_self();
  delete from private.one_time_tokens t
    where t.kind = 'EMAIL_CHANGE' and t.token_hash = decode(change_email.token_hash, 'hex') and t.user_id = _user_id and t.expires_at > now()
    returning t.data ->> 'email' into _email;
  if _email is null or exists (select from core.users u where lower(u.email) = _email) then
    perform private.fail('NTFND', 'There is no such proof, or its time is over.', 'token');
  end if;
  select u.email into strict _before from core.users u where u.id = _user_id;
  update core.users u set email = _email where u.id = _user_id;
  -- What was mailed to the former address opens nothing any more.
  perform private.forget_tokens(_user_id, '{EMAIL_CHANGE,PASSWORD_RESET,MAGIC_LINK}');
  perform set_config('relata.workspace_id', '', true);
  for _workspace_id in select m.workspace_id from core.workspace_members m where m.user_id = _user_id order by m.workspace_id loop
    perform set_config('relata.workspace_id', _workspace_id::text, true);
    execute format('update %I.workspace_member set user_email = $1 where user_id = $2',
                   (select w.schema_name from core.workspaces w where w.id = _workspace_id)) using _email, _user_id;
  end loop;
  perform set_config('relata.workspace_id', _own::text, true);
  perform private.send_mail('address_changed', _before, jsonb_build_object('newAddress', _email), 'address_changed:' || change_email.token_hash);
  return _email;
end
$$;

comment on function core.change_email(text) is
  'Makes an address the caller''s, by the token (SHA-256 in hex) that was mailed there; the former one is told.';
grant execute on function core.change_email(text) to relata_reader;
