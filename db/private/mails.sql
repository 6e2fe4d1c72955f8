-- Mails on their way out. Whoever has something to tell a person calls
-- private.send_mail in the transaction that it is about; tasks/send_email.ts sends.
-- The queue knows a mail's id alone: recipient and data are here, what is secret of
-- them sealed by the server (src/mail/sealedValue.ts), and data goes when it is sent.

create or replace function private.is_mail_address(address text) returns boolean
language sql immutable parallel safe
-- One plain address: no list, no name, no quotes, nothing that ends a header or turns a line around.
return length(address) <= 254
  and address ~ '^[^\s[:cntrl:]\u0080-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\ufeff@<>(),;:"\\[\]]{1,64}@[^\s[:cntrl:]\u0080-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\ufeff@<>(),;:"\\[\]]+$';

comment on function private.is_mail_address(text) is
  'Whether mail can be sent to it: one address, without quotes and comments.';

create table if not exists private.mails (
  id         uuid primary key default authz.uuid_v7(),
  template   text not null check (template ~ '^[a-z]+(_[a-z]+)*$'),
  recipient  text not null check (private.is_mail_address(recipient)),
  data       jsonb not null default '{}' check (jsonb_typeof(data) = 'object'),
  key        text unique check (length(key) between 1 and 255),
  status     text not null default 'QUEUED' check (status in ('QUEUED', 'SENT', 'REFUSED', 'GIVEN_UP')),
  reason     text,
  attempts   int not null default 0,
  created_at timestamptz not null default now(),
  done_at    timestamptz
);

create index if not exists mails_done_at_idx on private.mails (done_at);

comment on table private.mails is
  'Mails to send and, for thirty days, that they were sent. REFUSED: the recipient''s server does not want it; GIVEN_UP: ours could not be reached for a day.';
comment on column private.mails.data is
  'What the template says: texts and numbers, and {sealed} for what is secret. Empty once it is sent.';
comment on column private.mails.key is
  'What it is about: a key that was seen before is not sent again.';

create or replace function private.check_mail(recipient text, data jsonb) returns void
language plpgsql
as $$
declare
  _name text;
  _value jsonb;
begin
  if private.is_mail_address(recipient) is not true then
    perform private.fail('INPUT', 'Nobody can be written to at this address.', 'email');
  end if;
  for _name, _value in select * from jsonb_each(data) loop
    -- All of it stands in one line, and some in headers.
    if jsonb_typeof(_value) = 'string' and (_value #>> '{}') ~ '[[:cntrl:]\u0080-\u009f\u2028\u2029]' then
      perform private.fail('INPUT', 'A mail cannot say this: it holds a line break or another control character.', _name);
    elsif _name in ('token', 'code') and jsonb_typeof(_value) <> 'object'
      or _name = 'link' and jsonb_typeof(_value) = 'string' and (_value #>> '{}') ~ '[A-Za-z0-9_-]{40}' then
      perform private.fail('FAULT', format('The %s of a mail is a secret, and must be sealed.', _name));
    end if;
  end loop;
end
$$;

comment on function private.check_mail(text, jsonb) is
  'Refuses what no mail can be sent to or say: a line break, half an address (BAD_INPUT), a secret that is not sealed.';

create or replace function private.send_mail(template text, recipient text, data jsonb default '{}', key text default null) returns uuid
language plpgsql
as $$
declare
  _id uuid;
begin
  perform private.check_mail(recipient, data);
  insert into private.mails (template, recipient, data, key)
    values (send_mail.template, send_mail.recipient, send_mail.data, send_mail.key)
    on conflict on constraint mails_key_key do nothing
    returning id into _id;
  if found then
    execute 'select graphile_worker.queue_job($1, $2, $3)'
      using 'send_email', json_build_object('mailId', _id), format('send_email.%s', _id);
  end if;
  return _id;
end
$$;

comment on function private.send_mail(text, text, jsonb, text) is
  'Writes to one address, by a template of src/mail/templates, once this transaction is committed; for each key once. Answers the mail''s id, or null when the key was seen before.';

-- The worker's doors.

create or replace function authz.mail_to_send(mail_id uuid)
returns table (template text, recipient text, data jsonb, created_at timestamptz)
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  update private.mails m set attempts = m.attempts + 1
    where m.id = mail_to_send.mail_id and m.status = 'QUEUED'
    returning m.template, m.recipient, m.data, m.created_at;
end;

comment on function authz.mail_to_send(uuid) is
  'A mail that has still to be sent; no row when it was, or is not wanted any more. For the worker alone.';
grant execute on function authz.mail_to_send(uuid) to relata_worker;

create or replace function authz.mail_done(mail_id uuid, status text, reason text) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  update private.mails m set status = mail_done.status, reason = mail_done.reason, done_at = now(), data = '{}'
    where m.id = mail_done.mail_id and m.status = 'QUEUED';
end;

comment on function authz.mail_done(uuid, text, text) is
  'Notes what became of a mail (SENT, REFUSED, GIVEN_UP), and forgets what it said. For the worker alone.';
grant execute on function authz.mail_done(uuid, text, text) to relata_worker;

create or replace function authz.purge_mails() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _purged as (
    delete from private.mails m where m.done_at < now() - interval '30 days' returning 1
  )
  select count(*) from _purged;
end;

comment on function authz.purge_mails() is
  'Forgets mails that were done with thirty days ago and tells how many. For the worker alone.';
grant execute on function authz.purge_mails() to relata_worker;
