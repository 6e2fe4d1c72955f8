select private.define_standard_object(60, $json${
  "nameSingular": "task", "namePlural": "tasks", "icon": "IconCheckbox",
  "description": "Something to be done.",
  "labelField": "title",
  "searchFields": ["title", "body"],
  "fields": [
    {"name": "title", "type": "TEXT"},
    {"name": "body", "type": "TEXT"},
    {"name": "dueAt", "type": "DATE_TIME", "label": "Due date"},
    {"name": "status", "type": "SELECT", "isNullable": false, "defaultValue": "TODO", "options": [
      {"value": "TODO", "label": "To do", "color": "sky"},
      {"value": "IN_PROGRESS", "label": "In progress", "color": "purple"},
      {"value": "DONE", "label": "Done", "color": "green"}]}
  ],
  "relations": [
    {"name": "assignee", "targetObject": "workspaceMember", "targetFieldName": "assignedTasks"}
  ]
}$json$);
