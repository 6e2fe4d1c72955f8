select private.define_field_type(
  'POSITION',
  'Where a record stands among its kind; new ones come first.',
  $json$[{"type": "float8", "default": "-extract(epoch from clock_timestamp())", "check": "{column} > '-Infinity' and {column} < 'Infinity'"}]$json$,
  is_system => true
);
