select private.define_field_type(
  'UUID',
  'A universally unique id.',
  '[{"type": "uuid", "functions": {"uuid": "authz.uuid_v7()"}}]'
);
