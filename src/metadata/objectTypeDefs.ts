/** What changes of objects take. */
import { gql } from "postgraphile/utils";

export const objectTypeDefs = gql`
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
    "Of a standard object: {\\"icon\\": null} for the icon that the standard says, null for all that it says."
    standardOverrides: JSON
  }

  input CreateOneObjectInput { object: CreateObjectInput! }
  input UpdateOneObjectInput { id: UUID!, update: UpdateObjectInput! }
  input DeleteOneObjectInput { id: UUID! }
`;
