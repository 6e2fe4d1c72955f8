select private.define_field_type(
  'RATING',
  'One to five stars.',
  '[{"type": "text", "check": "{column} = any ({options})", "isUnique": false}]',
  options => '[
    {"value": "RATING_1", "label": "1"}, {"value": "RATING_2", "label": "2"}, {"value": "RATING_3", "label": "3"},
    {"value": "RATING_4", "label": "4"}, {"value": "RATING_5", "label": "5"}]'
);
