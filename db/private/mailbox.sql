-- Where mails go that are not sent (EMAIL_DRIVER=logger, never in production), for the
-- page /mailbox: the last two hundred, a week long, sealed by the server.

create table if not exists private.mailbox (
  mail_id    uuid primary key,
  recipient  text not null,
  subject    text not null,
  content    bytea not null,
  created_at timestamptz not null default now()
);

create index if not exists mailbox_created_at_idx on private.mailbox (created_at);

comment on table private.mailbox is
  'Mails that were not sent, to be read at /mailbox on a trial. Empty in production.';
comment on column private.mailbox.content is
  'The mail as text and HTML, sealed (src/auth/sealed.ts): it holds links that sign in.';

create or replace function authz.keep_mail(mail_id uuid, recipient text, subject text, content bytea) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into private.mailbox (mail_id, recipient, subject, content)
    values (keep_mail.mail_id, keep_mail.recipient, keep_mail.subject, keep_mail.content)
    on conflict do nothing;
  perform authz.purge_mailbox();
end
$$;

comment on function authz.keep_mail(uuid, text, text, bytea) is
  'Keeps a mail that is not sent. For the worker alone.';
grant execute on function authz.keep_mail(uuid, text, text, bytea) to relata_worker;

create or replace function authz.purge_mailbox() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _purged as (
    delete from private.mailbox m
    where m.created_at < now() - interval '7 days'
      or m.mail_id in (select o.mail_id from private.mailbox o order by o.created_at desc, o.mail_id desc offset 200)
    returning 1
  )
  select count(*) from _purged;
end;

comment on function authz.purge_mailbox() is
  'Forgets all but the last two hundred mails of this week and tells how many. For the worker alone.';
grant execute on function authz.purge_mailbox() to relata_worker;

create or replace function authz.mailbox() returns table (mail_id uuid, recipient text, subject text, content bytea, created_at timestamptz)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select m.mail_id, m.recipient, m.subject, m.content, m.created_at
    from private.mailbox m order by m.created_at desc, m.mail_id desc limit 200;
end;

comment on function authz.mailbox() is
  'The mails that are kept, the newest first. For the server alone.';
grant execute on function authz.mailbox() to relata_server;
