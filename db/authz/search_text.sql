-- How words are compared: without accents, and in small letters. The server asks by these
-- (src/records/search.ts), and private.build_search_vector makes columns and indexes of them.

do $$
begin
  if not exists (select from pg_ts_config where cfgname = 'words' and cfgnamespace = 'authz'::regnamespace) then
    create text search configuration authz.words (copy = pg_catalog.simple);
    alter text search configuration authz.words
      alter mapping for word, numword, hword, numhword, hword_part, hword_numpart with extensions.unaccent, pg_catalog.simple;
  end if;
end
$$;

comment on text search configuration authz.words is
  'Words as they are, without accents and in small letters: no language is assumed.';

create or replace function authz.search_text(variadic parts text[]) returns text
language plpgsql immutable parallel safe
as $$
begin
  -- Its schema is named, so it is the same for every caller.
  return lower(extensions.unaccent('extensions.unaccent', left(array_to_string(parts, ' '), 200)));
end
$$;

comment on function authz.search_text(text[]) is
  'The beginning of texts, without accents and in small letters, as trigrams are made of it.';
grant execute on function authz.search_text(text[]) to relata_reader;
