select private.define_field_type(
  'FULL_NAME',
  'A person''s first and last name.',
  $json$[
    {"part": "firstName", "type": "text", "check": "octet_length({column}) <= 10000", "isRequired": true, "isUnique": true, "isSearched": true},
    {"part": "lastName",  "type": "text", "check": "octet_length({column}) <= 10000", "isRequired": true, "isUnique": true, "isSearched": true}
  ]$json$
);
