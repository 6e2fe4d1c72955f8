-- What the server asks of passkeys (src/auth/passkeys.ts). A challenge is a one-time
-- token: it is used up in the transaction that takes its answer.

create or replace function authz.offer_passkey(asker jsonb, challenge_hash bytea)
returns table (user_id uuid, email text, name text, known jsonb)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  select e.user_id into user_id from private.enroller_of(asker) e;
  -- A passkey is a way in by itself, to every workspace: no workspace's own provider gives one away.
  if exists (select from authz.see_token('SECOND_FACTOR', decode(asker ->> 'challenge', 'hex')) t where t.data ->> 'method' in ('OIDC', 'SAML')) then
    perform private.fail('PROOF', 'Prove that it is you: sign in yourself, not by a workspace''s own provider.');
  end if;
  perform authz.keep_token('PASSKEY_ENROLMENT', offer_passkey.challenge_hash, user_id, null, null, interval '5 minutes');
  select u.email, btrim(u.first_name || ' ' || u.last_name) into email, name from core.users u where u.id = offer_passkey.user_id;
  known := private.known_passkeys(user_id);
  return next;
end
$$;

comment on function authz.offer_passkey(jsonb, bytea) is
  'Keeps a challenge for a new passkey, and answers whose it will be and which he has. PROOF_REQUIRED. For the server alone.';
grant execute on function authz.offer_passkey(jsonb, bytea) to relata_server;

create or replace function authz.add_passkey(asker jsonb, credential jsonb, code_hashes bytea[])
returns table (id uuid, has_new_codes boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _asker record;
begin
  select * into _asker from private.asker_of(asker);
  perform private.require_shown(asker, _asker.user_id, _asker.workspace_id);
  perform private.use_passkey_challenge('PASSKEY_ENROLMENT', credential, _asker.user_id);
  insert into private.passkeys (user_id, credential_id, public_key, counter, transports, name, is_backed_up)
    values (_asker.user_id, credential ->> 'id', decode(credential ->> 'publicKey', 'hex'), (credential ->> 'counter')::bigint,
            array(select jsonb_array_elements_text(credential -> 'transports')), credential ->> 'name', (credential ->> 'isBackedUp')::boolean)
    on conflict (credential_id) do nothing
    returning passkeys.id into add_passkey.id;
  if not found then
    perform private.fail('VERSN', 'That passkey is there already.');
  end if;
  has_new_codes := private.finish_enrolment(asker, _asker.user_id, code_hashes);
  return next;
end
$$;

comment on function authz.add_passkey(jsonb, jsonb, bytea[]) is
  'Keeps a passkey whose making the server has verified, {id, publicKey, counter, transports, name, isBackedUp, challenge}, and passes the sign-in that waited for it; answers whether these are the user''s recovery codes from now on. BAD_CODE, CONFLICT. For the server alone.';
grant execute on function authz.add_passkey(jsonb, jsonb, bytea[]) to relata_server;

create or replace function authz.ask_passkey(asker jsonb, challenge_hash bytea) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker) a);
begin
  perform authz.keep_token('PASSKEY_PROOF', ask_passkey.challenge_hash, _user_id, null, null, interval '5 minutes');
  return private.known_passkeys(_user_id);
end
$$;

comment on function authz.ask_passkey(jsonb, bytea) is
  'Keeps a challenge for a passkey as a second factor of whoever asks, and answers which he has. For the server alone.';
grant execute on function authz.ask_passkey(jsonb, bytea) to relata_server;

create or replace function authz.passkey(credential_id text)
returns table (id uuid, user_id uuid, public_key bytea, counter bigint, transports text[])
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select p.id, p.user_id, p.public_key, p.counter, p.transports from private.passkeys p where p.credential_id = passkey.credential_id;
end;

comment on function authz.passkey(text) is
  'The public half of a passkey, to verify by. For the server alone.';
grant execute on function authz.passkey(text) to relata_server;

create or replace function authz.sign_in_with_passkey(factor jsonb) returns text
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select p.user_id from private.passkeys p where p.id = (factor ->> 'id')::uuid);
begin
  -- Nobody in particular was asked, so nothing was kept: the server knows its own challenges, and this which were answered.
  insert into private.one_time_tokens (token_hash, kind, expires_at)
    values (decode(factor ->> 'challenge', 'hex'), 'PASSKEY_SIGN_IN', now() + interval '10 minutes')
    on conflict do nothing;
  if not found then
    perform private.refuse_factor();
  end if;
  perform private.count_passkey(_user_id, factor);
  return (select u.email from core.users u where u.id = _user_id);
end
$$;

comment on function authz.sign_in_with_passkey(jsonb) is
  'Takes a passkey that the server has proven, {id, counter, challenge}, in place of a password, and answers whose address it stands for. BAD_CODE. For the server alone.';
grant execute on function authz.sign_in_with_passkey(jsonb) to relata_server;

create or replace function authz.remove_passkey(asker jsonb, factor jsonb, id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker - 'challenge') a);
begin
  perform private.take_factor(_user_id, factor);
  delete from private.passkeys p where p.id = remove_passkey.id and p.user_id = _user_id;
  if not found then
    perform private.fail('NTFND', 'There is no such passkey.', 'id');
  end if;
  perform private.drop_lone_codes(_user_id);
end
$$;

comment on function authz.remove_passkey(jsonb, jsonb, uuid) is
  'Takes one of the caller''s passkeys away, for a second factor. BAD_CODE, NOT_FOUND. For the server alone.';
grant execute on function authz.remove_passkey(jsonb, jsonb, uuid) to relata_server;
