select private.define_standard_object(20, $json${
  "nameSingular": "company", "namePlural": "companies", "icon": "IconBuildingSkyscraper",
  "description": "An organisation you do business with.",
  "searchFields": ["name", "domainName"],
  "duplicateCriteria": [["name"], ["domainName"]],
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "domainName", "type": "TEXT", "label": "Domain name"},
    {"name": "industry", "type": "TEXT"},
    {"name": "employees", "type": "NUMBER", "settings": {"dataType": "int"}},
    {"name": "address", "type": "TEXT"},
    {"name": "annualRecurringRevenue", "type": "NUMERIC", "label": "ARR"},
    {"name": "linkedinLink", "type": "TEXT", "label": "LinkedIn"},
    {"name": "idealCustomerProfile", "type": "BOOLEAN", "label": "ICP", "defaultValue": false, "isNullable": false}
  ],
  "relations": [
    {"name": "accountOwner", "targetObject": "workspaceMember", "targetFieldName": "accountOwnerForCompanies"}
  ]
}$json$);
