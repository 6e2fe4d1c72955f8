select private.define_standard_object(50, $json${
  "nameSingular": "note", "namePlural": "notes", "icon": "IconNotes",
  "description": "Something written down.",
  "labelField": "title",
  "searchFields": ["title", "body"],
  "fields": [
    {"name": "title", "type": "TEXT"},
    {"name": "body", "type": "TEXT"}
  ]
}$json$);
