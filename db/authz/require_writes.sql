-- What a statement that writes many records asks of itself: each of these raises, and
-- then nothing is written. Volatile, so that none is asked before its time.

create or replace function authz.require_all(asked bigint, done bigint) returns boolean
language plpgsql volatile
as $$
begin
  if done < asked then
    raise exception using errcode = '42501',
      message = format('%s of %s records may not be written.', asked - done, asked);
  end if;
  return true;
end
$$;

comment on function authz.require_all(bigint, bigint) is
  'True when all records that were meant, and seen, have been written; PERMISSION_DENIED otherwise.';
grant execute on function authz.require_all(bigint, bigint) to relata_reader;

create or replace function authz.require_each(asked bigint, done bigint) returns boolean
language plpgsql volatile
as $$
begin
  if done < asked then
    raise exception using errcode = 'NTFND', message = 'There is no such record.';
  end if;
  return true;
end
$$;

comment on function authz.require_each(bigint, bigint) is
  'True when each record that was named has been written; NOT_FOUND otherwise.';
grant execute on function authz.require_each(bigint, bigint) to relata_reader;

create or replace function authz.refuse_writes(asked bigint, most bigint) returns boolean
language plpgsql volatile
as $$
begin
  raise exception using errcode = 'LIMIT', column = 'filter',
    message = format('The filter means %s records; at most %s are written at once.', asked, most);
end
$$;

comment on function authz.refuse_writes(bigint, bigint) is
  'Fails with LIMIT_EXCEEDED, the figure and the limit.';
grant execute on function authz.refuse_writes(bigint, bigint) to relata_reader;

create or replace function authz.require_one_match(many int, twice int) returns boolean
language plpgsql volatile
as $$
begin
  if many is not null then
    raise exception using errcode = 'UPSRT', column = many::text,
      message = 'This matches several records.';
  elsif twice is not null then
    raise exception using errcode = '23505', column = twice::text,
      message = 'Two inputs match one record.';
  end if;
  return true;
end
$$;

comment on function authz.require_one_match(int, int) is
  'True when no input of an upsert matches several records (UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT, with its place), and no two match the same (CONFLICT).';
grant execute on function authz.require_one_match(int, int) to relata_reader;
