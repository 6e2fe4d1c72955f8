/** The inputs and answers of changes of the data model; plugins/MetadataMutationsPlugin.ts makes them. */
import { gql } from "postgraphile/utils";

export const typeDefs = gql`
  input CreateObjectInput {
    "camelCase, such as property: names the type and the single query."
    nameSingular: String!
    "camelCase, such as properties: names the list query."
    namePlural: String!
    labelSingular: String
    labelPlural: String
    description: String
    icon: String
    color: String
    shortcut: String
    "Whether the names follow the labels."
    isLabelSyncedWithName: Boolean
  }

  input UpdateObjectInput {
    nameSingular: String
    namePlural: String
    labelSingular: String
    labelPlural: String
    description: String
    icon: String
    "What is not active is hidden from every API, and keeps its data."
    isActive: Boolean
    color: String
    shortcut: String
    "The field that says what to call a record: its name, or its id."
    labelField: String
    labelFieldId: UUID
    labelIdentifierFieldMetadataId: UUID
    "The field whose picture stands for a record."
    imageField: String
    imageFieldId: UUID
    imageIdentifierFieldMetadataId: UUID
    "The fields that search looks through."
    searchFields: [String!]
    "Whether a search over all objects looks here, too."
    isSearchable: Boolean
    "Whether the names follow the labels."
    isLabelSyncedWithName: Boolean
    "Lists of fields; two records alike in all fields of one list are taken for the same."
    duplicateCriteria: [[String!]!]
  }

  input CreateFieldInput {
    "The object to add the field to."
    objectId: UUID
    "What other servers call objectId."
    objectMetadataId: UUID
    "camelCase."
    name: String!
    label: String
    description: String
    icon: String
    "TEXT, NUMBER, SELECT, EMAILS, RELATION, …: a file in db/field_types each."
    type: String!
    isNullable: Boolean
    isUnique: Boolean
    defaultValue: JSON
    "The choices of a SELECT or a MULTI_SELECT, in their order or by their positions."
    options: [FieldOptionInput!]
    """
    What the type lets be set: dataType of a NUMBER, maxNumberOfValues of EMAILS; formula, by which the field is
    computed from others, as a tree or a text (amount * 0.9); rollup {relation, function, field, filter}, by which
    it adds up the records of a list.
    """
    settings: JSON
    "The other side of a RELATION, or the targets of a MORPH_RELATION."
    relation: FieldRelationInput
    "What other servers call relation."
    relationCreationPayload: FieldRelationInput
    "The targets of a MORPH_RELATION."
    morphRelationsCreationPayload: [FieldRelationInput!]
  }

  input UpdateFieldInput {
    name: String
    label: String
    description: String
    icon: String
    "A field keeps its type; another one is an error."
    type: String
    "What is not active is hidden from every API, and keeps its data."
    isActive: Boolean
    isNullable: Boolean
    isUnique: Boolean
    defaultValue: JSON
    "All the choices, in their order; one with an id or a value that is known keeps its records."
    options: [FieldOptionInput!]
    "What becomes of records with a choice that goes: {\\"OLD\\": \\"NEW\\"}, or null for none."
    removedOptions: JSON
    settings: JSON
    "Whether screens let people write it."
    isUiEditable: Boolean
    "Whether the name follows the label."
    isLabelSyncedWithName: Boolean
  }

  input FieldOptionInput {
    id: UUID
    "UPPER_SNAKE_CASE."
    value: String!
    label: String
    color: String
    position: Int
  }

  input FieldRelationInput {
    targetObjectId: UUID
    "What other servers call targetObjectId."
    targetObjectMetadataId: UUID
    "The field on the other side: a list of this object's records, or the one of a ONE_TO_ONE."
    targetFieldName: String
    targetFieldLabel: String
    targetFieldIcon: String
    "MANY_TO_ONE (many of this object's records belong to one of the target's), ONE_TO_MANY, ONE_TO_ONE or MANY_TO_MANY."
    type: String
    "SET_NULL, CASCADE or RESTRICT, when the target's record is destroyed."
    onDelete: String
    "What the object that holds the pairs of a MANY_TO_MANY is called; else it is named by both sides."
    junctionName: String
    junctionNamePlural: String
    "The objects that a MORPH_RELATION may point at."
    targets: [FieldRelationInput!]
  }

  input CreateOneObjectInput { object: CreateObjectInput! }
  input UpdateOneObjectInput { id: UUID!, update: UpdateObjectInput! }
  input DeleteOneObjectInput { id: UUID! }
  input CreateOneFieldInput { field: CreateFieldInput! }
  input UpdateOneFieldInput { id: UUID!, update: UpdateFieldInput! }
  input DeleteOneFieldInput { id: UUID! }

  input CreateRuleInput {
    objectId: UUID!
    "camelCase: what errors call it."
    name: String!
    "What a person reads who breaks the rule."
    message: String
    "What must hold, as a tree or a text: closeDate >= createdAt. When it is null, the rule holds."
    expression: JSON!
    "Lets the records there are break the rule, until they are written again."
    onlyNewRecords: Boolean
    "CHECK."
    kind: String
  }
  input UpdateRuleInput {
    name: String
    message: String
    expression: JSON
    onlyNewRecords: Boolean
  }
  input CreateIndexInput {
    objectId: UUID
    "The same as objectId."
    objectMetadataId: UUID
    "One to eight, in their order."
    fields: [IndexFieldInput!]!
    "BTREE, to compare and sort; GIN, to look into texts, lists and JSON."
    type: String
    "The same as type."
    indexType: String
    "Whether no two living records may have the same values."
    isUnique: Boolean
  }
  input IndexFieldInput {
    fieldId: UUID
    "The same as fieldId."
    fieldMetadataId: UUID
    "Of a composite, which of its values."
    part: String
    "The same as part."
    subFieldName: String
  }
  input CreateOneRuleInput {
    rule: CreateRuleInput!
  }
  input UpdateOneRuleInput {
    id: UUID!
    update: UpdateRuleInput!
  }
  input DeleteOneRuleInput {
    id: UUID!
  }
  input CreateOneIndexInput {
    index: CreateIndexInput!
  }
  input DeleteOneIndexInput {
    id: UUID!
  }

  input ChangeInput {
    "createObject, updateObject, deleteObject, createField, updateField, deleteField, …"
    kind: String!
    "What the mutation of that name takes as data; with the id of what is changed or deleted."
    data: JSON!
  }

  type AppliedChanges {
    changes: [AppliedChange!]!
    report: ChangeReport!
    "Whether it was only planned: done for real, and taken back."
    isPlan: Boolean!
  }

  type AppliedChange {
    kind: String!
    "The object, field, … that was changed."
    id: UUID
    "What undoChange takes."
    changeId: UUID!
    "The SQL that ran."
    statements: [String!]!
  }

  "What became of the database, as its catalog tells."
  type ChangeReport {
    "Tables that were created, removed, renamed or rewritten."
    tables: [ChangedTable!]!
    "Locks that others may have to wait for until the change is made."
    locks: [ChangeLock!]!
    "What of the GraphQL API comes and goes: Company.rating, Query.rockets."
    api: AddedAndRemoved!
    "Policies and grants that come and go."
    access: AddedAndRemoved!
    "What is left to jobs, as the tables are large; its status is BUILDING meanwhile, and then READY or FAILED."
    jobs: [ChangeJob!]!
    "How long it took, and so at most how long a lock was held."
    milliseconds: Float!
  }

  type ChangedTable {
    table: String!
    "CREATED, REMOVED, RENAMED or REWRITTEN."
    effect: String!
    "How many rows were rewritten."
    rows: Int!
  }

  type ChangeJob {
    "As field company.score, rule company.positive."
    of: String!
    "FILL, CHECKS, REQUIRED, UNIQUE, KEYS or INDEXES, one after the other."
    steps: [String!]!
  }

  type ChangeLock {
    table: String!
    "As PostgreSQL calls it: AccessExclusiveLock."
    mode: String!
    "WRITES or READS_AND_WRITES."
    blocks: String!
  }

  type AddedAndRemoved {
    added: [String!]!
    removed: [String!]!
  }

  extend type Mutation {
    "Creates an object: its table, its type and its queries are there when this answers."
    createOneObject(data: CreateObjectInput, input: CreateOneObjectInput, plan: Boolean): Object
    "Changes an object: renames it, describes it, hides it."
    updateOneObject(id: UUID, data: UpdateObjectInput, input: UpdateOneObjectInput, plan: Boolean): Object
    "Deletes a custom object, and answers what it was; undoChange brings it back with its records."
    deleteOneObject(id: UUID, input: DeleteOneObjectInput, plan: Boolean): Object
    "Adds a field to an object: its column and its place in the API are there when this answers."
    createOneField(data: CreateFieldInput, input: CreateOneFieldInput, plan: Boolean): Field
    "Changes a field: renames it, hides it, changes its options, its default, whether it is required or unique."
    updateOneField(id: UUID, data: UpdateFieldInput, input: UpdateOneFieldInput, plan: Boolean): Field
    "Deletes a custom field, and answers what it was; undoChange brings it back with its values. A relation that joins records goes only by force."
    deleteOneField(id: UUID, input: DeleteOneFieldInput, force: Boolean, plan: Boolean): Field
    "Creates a rule: it holds when this answers."
    createOneRule(data: CreateRuleInput, input: CreateOneRuleInput, plan: Boolean): Rule
    updateOneRule(id: UUID, data: UpdateRuleInput, input: UpdateOneRuleInput, plan: Boolean): Rule
    deleteOneRule(id: UUID, input: DeleteOneRuleInput, plan: Boolean): Rule
    "Creates an index. On a large table a job builds it: its status is BUILDING, and then READY or FAILED."
    createOneIndex(data: CreateIndexInput, input: CreateOneIndexInput, plan: Boolean): Index
    deleteOneIndex(id: UUID, input: DeleteOneIndexInput, plan: Boolean): Index
    "Makes changes, all or none."
    applyChanges(changes: [ChangeInput!]!): AppliedChanges
    "What applyChanges would do: it is done for real, and taken back."
    planChanges(changes: [ChangeInput!]!): AppliedChanges
    "Undoes a change, with the data that it took away."
    undoChange(id: UUID!, plan: Boolean): AppliedChanges
  }
`;
