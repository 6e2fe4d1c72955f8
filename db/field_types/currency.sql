select private.define_field_type(
  'CURRENCY',
  'An amount of money, in millionths of its currency (ISO 4217).',
  $json$[
    {"part": "amountMicros", "type": "numeric", "check": "{column} > '-Infinity' and {column} < 'Infinity'", "isRequired": true},
    {"part": "currencyCode", "type": "text", "goesWith": "amountMicros", "check": "{column} ~ '^[A-Z]{3}$'", "isRequired": true}
  ]$json$,
  settings => '{"format": {"enum": ["short", "full"]}, "decimals": {"type": "integer", "minimum": 0, "maximum": 14}}'
);
