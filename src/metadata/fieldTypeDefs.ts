/** What changes of fields take: their options and relations, too. */
import { gql } from "postgraphile/utils";

export const fieldTypeDefs = gql`
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
    "Of a standard field: {\\"label\\": null} for the label that the standard says, null for all that it says."
    standardOverrides: JSON
    "Another onDelete of a relation; all the targets of a MORPH_RELATION: those that are new are added, and what is not among them goes."
    relation: FieldRelationInput
    "Targets that a MORPH_RELATION gets beside those it has."
    morphRelationsUpdatePayload: [FieldRelationInput!]
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

  input CreateOneFieldInput { field: CreateFieldInput! }
  input UpdateOneFieldInput { id: UUID!, update: UpdateFieldInput! }
  input DeleteOneFieldInput { id: UUID! }
`;
