select private.define_standard_object(70, $json${
  "nameSingular": "noteTarget", "namePlural": "noteTargets", "icon": "IconCheckbox",
  "description": "What a note is about.",
  "isSystem": true, "labelField": "id", "searchFields": [], "fields": [],
  "relations": [
    {"name": "note", "targetObject": "note", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetCompany", "isSystem": true, "targetObject": "company", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetPerson", "isSystem": true, "targetObject": "person", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "isSystem": true, "targetObject": "opportunity", "targetFieldName": "noteTargets", "onDelete": "CASCADE"}
  ]
}$json$);
