-- What proves who a user is. No request role is granted anything here.

create table if not exists private.user_secrets (
  user_id             uuid primary key references core.users on delete cascade,
  password_hash       text not null check (password_hash ~ '^\$argon2id\$'),
  password_changed_at timestamptz not null default now()
);

comment on table private.user_secrets is
  'Passwords, as Argon2id hashes in PHC string form.';
