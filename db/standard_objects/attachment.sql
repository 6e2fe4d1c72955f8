select private.define_standard_object(90, $json${
  "nameSingular": "attachment", "namePlural": "attachments", "icon": "IconFileImport",
  "description": "A file kept with a record.",
  "isSystem": true,
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "fullPath", "type": "TEXT", "label": "Full path"},
    {"name": "fileCategory", "type": "SELECT", "isNullable": false, "defaultValue": "OTHER", "label": "File category", "options": [
      {"value": "ARCHIVE"}, {"value": "AUDIO"}, {"value": "IMAGE"}, {"value": "PRESENTATION"},
      {"value": "SPREADSHEET"}, {"value": "TEXT_DOCUMENT"}, {"value": "VIDEO"}, {"value": "OTHER"}]}
  ],
  "relations": [
    {"name": "targetCompany", "isSystem": true, "targetObject": "company", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetPerson", "isSystem": true, "targetObject": "person", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "isSystem": true, "targetObject": "opportunity", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetNote", "isSystem": true, "targetObject": "note", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetTask", "isSystem": true, "targetObject": "task", "targetFieldName": "attachments", "onDelete": "CASCADE"}
  ]
}$json$);
