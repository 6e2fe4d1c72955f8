-- Kept with the host in small letters and no slash at the end (src/fieldTypes/links.ts).
select private.define_field_type(
  'LINKS',
  'Addresses on the web, the first of them the main one.',
  $json$[
    {"part": "primaryLinkLabel", "type": "text", "goesWith": "primaryLinkUrl", "isSearched": true, "check": "octet_length({column}) <= 10000"},
    {"part": "primaryLinkUrl", "type": "text", "isRequired": true, "isUnique": true, "isSearched": true,
     "check": "{column} ~ '^https?://[^/?#@[:space:]A-Z]+([/?#][^[:space:]]*)?$' and {column} !~ '^[^?#]*/$' and octet_length({column}) <= 4096"},
    {"part": "secondaryLinks", "type": "jsonb",
     "unites": {"key": "url", "of": {"label": "primaryLinkLabel", "url": "primaryLinkUrl"}},
     "check": "case jsonb_typeof({column}) when 'array' then jsonb_array_length({column}) < {maxNumberOfValues} and not {column} @? '$[*] ? (@.type() != \"object\" || @.url.type() != \"string\" || !(@.url like_regex \"^https?://[^/?#@[:space:]A-Z]+([/?#][^[:space:]]*)?$\"))' and pg_column_size({column}) <= 1048576 else {column} is null end"}
  ]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000}}'
);
