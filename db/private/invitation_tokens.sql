-- The secrets by which people join: the token in an invitation's mail, the workspace's
-- own invite link, and the proof that a domain's mail is read. Kept as SHA-256; whoever
-- brings one of the first two is told which workspace invites him.

create table if not exists private.invitation_tokens (
  token_hash    bytea primary key check (length(token_hash) = 32),
  workspace_id  uuid not null references core.workspaces on delete cascade,
  invitation_id uuid not null unique references core.invitations on delete cascade
);

create index if not exists invitation_tokens_workspace_id_idx on private.invitation_tokens (workspace_id);

comment on table private.invitation_tokens is
  'SHA-256 of the token in each invitation''s mail; a new mail makes the old one worthless.';

create table if not exists private.invite_links (
  workspace_id uuid primary key references core.workspaces on delete cascade,
  token_hash   bytea not null unique check (length(token_hash) = 32),
  sealed       bytea not null,
  created_at   timestamptz not null default now()
);

comment on table private.invite_links is
  'The one link by which anybody joins a workspace: SHA-256 of its token, and the token itself, sealed by the server (src/auth/sealed.ts) to be shown again to those who manage members.';

create table if not exists private.domain_tokens (
  token_hash         bytea primary key check (length(token_hash) = 32),
  approved_domain_id uuid not null unique references core.approved_domains on delete cascade,
  expires_at         timestamptz not null
);

comment on table private.domain_tokens is
  'SHA-256 of the token that was mailed to an address in a domain, to prove that somebody there approves.';

-- How many mails went where is remembered without the addresses.
create table if not exists private.invitation_mails (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  address_hash bytea not null,
  sent_at      timestamptz not null default now()
);

create index if not exists invitation_mails_workspace_id_sent_at_idx on private.invitation_mails (workspace_id, sent_at);
create index if not exists invitation_mails_address_hash_sent_at_idx on private.invitation_mails (address_hash, sent_at);

comment on table private.invitation_mails is
  'Which mails were asked for in the last week, by workspace and by SHA-256 of the address: what private.may_mail counts.';

create or replace function private.in_one_line(said text) returns text
language sql immutable
return btrim(left(regexp_replace(coalesce(said, ''), '[[:cntrl:]\u0080-\u009f\u2028\u2029]+', ' ', 'g'), 255));

comment on function private.in_one_line(text) is
  'A name as a mail may say it.';

create or replace function private.may_mail(address text) returns boolean
language plpgsql
as $$
declare
  _hash bytea := sha256(convert_to(lower(may_mail.address), 'UTF8'));
  _of_workspace int;
  _of_address int;
begin
  -- Two who ask at once are counted one after the other.
  perform pg_advisory_xact_lock(hashtextextended('relata.mails.' || authz.workspace_id(), 0));
  perform pg_advisory_xact_lock(hashtextextended('relata.mails.' || encode(_hash, 'hex'), 0));
  delete from private.invitation_mails m where m.workspace_id = authz.workspace_id() and m.sent_at < now() - interval '7 days';
  select count(*), count(*) filter (where m.address_hash = _hash) into _of_workspace, _of_address
    from private.invitation_mails m where m.workspace_id = authz.workspace_id();
  if _of_workspace >= 500 or _of_address >= 10 then
    perform private.fail('RATED', case when _of_workspace >= 500
      then 'A workspace sends 500 invitations a week.' else 'An address gets 10 invitations a week.' end, 'emails');
  end if;
  insert into private.invitation_mails (workspace_id, address_hash) values (authz.workspace_id(), _hash);
  -- What others sent there is not told: the mail is not sent, and nobody hears of it.
  return (select count(*) from private.invitation_mails m where m.address_hash = _hash and m.sent_at > now() - interval '7 days') <= 10;
end
$$;

comment on function private.may_mail(text) is
  'Counts a mail to an address. RATE_LIMITED after 500 a week in a workspace, or 10 to one address; false when the address had its 10 from others.';
