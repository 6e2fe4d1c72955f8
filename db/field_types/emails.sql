-- Kept in small letters (src/fieldTypes/emails.ts), so that one address is one text.
select private.define_field_type(
  'EMAILS',
  'Email addresses, the first of them the one to write to.',
  $json$[
    {"part": "primaryEmail", "type": "text", "isRequired": true, "isUnique": true, "isSearched": true,
     "check": "{column} ~ '^[^@[:space:]]+@[^@[:space:]]+$' and {column} = lower({column} collate \"C\") and octet_length({column}) <= 320"},
    {"part": "additionalEmails", "type": "jsonb", "unites": {"of": "primaryEmail"},
     "check": "case jsonb_typeof({column}) when 'array' then jsonb_array_length({column}) < {maxNumberOfValues} and not {column} @? '$[*] ? (@.type() != \"string\" || !(@ like_regex \"^[^@[:space:]A-Z]{1,160}@[^@[:space:]A-Z]{1,160}$\"))' else {column} is null end"}
  ]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000}}'
);
