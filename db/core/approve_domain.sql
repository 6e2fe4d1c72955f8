-- Approving a domain: it is written down, and a token is mailed to an address in it;
-- whoever manages sign-in and reads that mail brings the token back.

create table if not exists private.free_mail_domains (
  domain text primary key
);

comment on table private.free_mail_domains is
  'Domains where anybody gets an address: whoever has one there is nobody''s colleague.';

insert into private.free_mail_domains
  select regexp_split_to_table($$gmail.com googlemail.com outlook.com hotmail.com live.com msn.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it
    hotmail.es outlook.de outlook.fr live.co.uk live.fr live.nl yahoo.com ymail.com rocketmail.com yahoo.co.uk yahoo.fr yahoo.de yahoo.it yahoo.es
    yahoo.ca yahoo.co.in yahoo.com.br yahoo.co.jp yahoo.com.au aol.com aim.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me
    tutanota.com tutanota.de tuta.io tuta.com zoho.com zohomail.com fastmail.com fastmail.fm hushmail.com mail.com email.com usa.com gmx.com gmx.de
    gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de posteo.de mailbox.org orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr
    libero.it virgilio.it tiscali.it alice.it seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl mail.ru bk.ru inbox.ru list.ru yandex.ru yandex.com
    ya.ru rambler.ru qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com naver.com daum.net hanmail.net kakao.com
    nate.com rediffmail.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com btinternet.com
    sky.com virginmedia.com ntlworld.com talktalk.net bigpond.com optusnet.com.au shaw.ca rogers.com sympatico.ca telus.net uol.com.br bol.com.br
    terra.com.br ig.com.br globo.com ziggo.nl kpnmail.nl planet.nl home.nl telenet.be skynet.be bluewin.ch hispeed.ch mailinator.com guerrillamail.com
    10minutemail.com temp-mail.org yopmail.com trashmail.com sharklasers.com duck.com hey.com$$, '\s+')
  on conflict do nothing;

create or replace function core.create_approved_domain(domain text, email text, token_hash text, link jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _domain text := lower(btrim(create_approved_domain.domain));
  _email text := lower(btrim(create_approved_domain.email));
  _id uuid;
begin
  perform authz.require_permission('security');
  if _domain !~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9-]{2,63}$' or length(_domain) > 253 or _domain ~ '^[0-9.]+$' then
    perform private.fail('INPUT', 'That is no domain, such as example.com.', 'domain');
  elsif exists (select from private.free_mail_domains f where f.domain = _domain or _domain like '%.' || f.domain) then
    perform private.fail('INPUT', 'Anybody gets an address there: invite people by theirs.', 'domain');
  elsif _email !~ '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@' or substr(_email, strpos(_email, '@') + 1) <> _domain or length(_email) > 320 then
    perform private.fail('INPUT', format('The proof is mailed to an address at %s.', _domain), 'email');
  end if;
  -- Whoever joins by it gets that role.
  perform private.role_to_give((select w.default_role_id from core.workspaces w where w.id = authz.workspace_id()), 'domain', 'security');

  insert into core.approved_domains (workspace_id, domain) values (authz.workspace_id(), _domain)
    on conflict on constraint approved_domains_workspace_id_domain_key do nothing;
  select d.id into strict _id from core.approved_domains d
    where d.workspace_id = authz.workspace_id() and d.domain = _domain for update;
  if (select d.is_validated from core.approved_domains d where d.id = _id) then
    perform private.fail('23505', 'That domain is approved already.', 'domain');
  end if;
  insert into private.domain_tokens (token_hash, approved_domain_id, expires_at)
    values (decode(create_approved_domain.token_hash, 'hex'), _id, now() + interval '1 day')
    on conflict (approved_domain_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at;
  if private.may_mail(_email) then
    perform private.send_mail('verify_domain', _email,
      jsonb_build_object('link', link, 'domain', _domain, 'inviter', private.in_one_line(authz.actor_name()), 'expiresInMinutes', 24 * 60,
                         'workspace', (select private.in_one_line(w.name) from core.workspaces w where w.id = authz.workspace_id())),
      'verify_domain:' || create_approved_domain.token_hash);
  end if;
  return _id;
end
$$;

comment on function core.create_approved_domain(text, text, text, jsonb) is
  'Writes a domain down, and mails a token to an address in it: nobody joins by the domain before core.validate_approved_domain gets that token. Needs the permission security, and all that the default role may do.';
grant execute on function core.create_approved_domain(text, text, text, jsonb) to relata_reader;

create or replace function core.validate_approved_domain(id uuid, token_hash text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid;
begin
  perform authz.require_permission('security');
  delete from private.domain_tokens t
    using core.approved_domains d
    where t.token_hash = decode(validate_approved_domain.token_hash, 'hex') and t.expires_at > now()
      and d.id = t.approved_domain_id and d.workspace_id = authz.workspace_id()
      and d.id = coalesce(validate_approved_domain.id, d.id)
    returning d.id into _id;
  if not found then
    perform private.fail('NTFND', 'There is no such proof, or its time is over.', 'validationToken');
  end if;
  update core.approved_domains d set is_validated = true where d.id = _id;
  return _id;
end
$$;

comment on function core.validate_approved_domain(uuid, text) is
  'Approves a domain, by the token (SHA-256 in hex) that was mailed there. Needs the permission security.';
grant execute on function core.validate_approved_domain(uuid, text) to relata_reader;

create or replace function core.delete_approved_domain(id uuid) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  delete from core.approved_domains d where d.workspace_id = authz.workspace_id() and d.id = delete_approved_domain.id;
  if not found then
    perform private.fail('NTFND', 'There is no such domain.', 'id');
  end if;
  return true;
end
$$;

comment on function core.delete_approved_domain(uuid) is
  'Lets nobody else join by the domain; who has joined stays. Needs the permission security.';
grant execute on function core.delete_approved_domain(uuid) to relata_reader;

create or replace function core.find_approved_domains() returns jsonb
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  return (select coalesce(jsonb_agg(jsonb_build_object(
            'id', d.id, 'domain', d.domain, 'isValidated', d.is_validated, 'createdAt', d.created_at) order by d.domain), '[]')
          from core.approved_domains d where d.workspace_id = authz.workspace_id());
end
$$;

comment on function core.find_approved_domains() is
  'The domains whose people may join, and those that nobody has approved yet. Needs the permission security.';
grant execute on function core.find_approved_domains() to relata_reader;
