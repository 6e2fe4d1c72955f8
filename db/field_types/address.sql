select private.define_field_type(
  'ADDRESS',
  'A postal address, and where it lies.',
  $json$[
    {"part": "addressStreet1",  "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true, "isRequired": true},
    {"part": "addressStreet2",  "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true},
    {"part": "addressCity",     "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true},
    {"part": "addressPostcode", "type": "text", "check": "octet_length({column}) <= 1000", "isSearched": true},
    {"part": "addressState",    "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true},
    {"part": "addressCountry",  "type": "text", "check": "octet_length({column}) <= 10000", "isSearched": true},
    {"part": "addressLat",      "type": "numeric", "check": "{column} between -90 and 90"},
    {"part": "addressLng",      "type": "numeric", "check": "{column} between -180 and 180"}
  ]$json$,
  settings => '{"subFields": {"type": "array", "items": {"enum": [
    "addressStreet1", "addressStreet2", "addressCity", "addressPostcode", "addressState", "addressCountry", "addressLat", "addressLng"]}}}'
);
