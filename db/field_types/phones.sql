-- Kept as E.164 splits it: country, calling code and the digits behind it (src/fieldTypes/phones.ts).
select private.define_field_type(
  'PHONES',
  'Telephone numbers, the first of them the one to call.',
  $json$[
    {"part": "primaryPhoneNumber", "type": "text", "isRequired": true, "isUnique": true, "isSearched": true,
     "check": "{column} ~ '^[0-9]{1,17}$'"},
    {"part": "primaryPhoneCountryCode", "type": "text", "goesWith": "primaryPhoneNumber", "isUnique": true, "check": "{column} ~ '^[A-Z]{2}$'"},
    {"part": "primaryPhoneCallingCode", "type": "text", "goesWith": "primaryPhoneNumber", "isUnique": true, "check": "{column} ~ '^[+][1-9][0-9]{0,3}$'"},
    {"part": "additionalPhones", "type": "jsonb",
     "unites": {"key": "number", "of": {"number": "primaryPhoneNumber", "countryCode": "primaryPhoneCountryCode", "callingCode": "primaryPhoneCallingCode"}},
     "check": "case jsonb_typeof({column}) when 'array' then jsonb_array_length({column}) < {maxNumberOfValues} and not {column} @? '$[*] ? (@.type() != \"object\" || @.number.type() != \"string\" || !(@.number like_regex \"^[0-9]{1,17}$\"))' and pg_column_size({column}) <= 1048576 else {column} is null end"}
  ]$json$,
  settings => '{"maxNumberOfValues": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000}}'
);
