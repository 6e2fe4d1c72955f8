/** The inputs and answers of changes of the data model; plugins/MetadataMutationsPlugin.ts makes them. */
import { gql } from "postgraphile/utils";
import { changeTypeDefs } from "./changeTypeDefs.ts";
import { fieldTypeDefs } from "./fieldTypeDefs.ts";
import { objectTypeDefs } from "./objectTypeDefs.ts";
import { ruleTypeDefs } from "./ruleTypeDefs.ts";

const mutations = gql`
  extend type Mutation {
    "Creates an object: its table, its type and its queries are there when this answers."
    createOneObject(data: CreateObjectInput, input: CreateOneObjectInput, plan: Boolean): Object
    "Changes an object: renames it, describes it, hides it."
    updateOneObject(id: UUID, data: UpdateObjectInput, input: UpdateOneObjectInput, plan: Boolean): Object
    "Deletes a custom object, and answers what it was; undoChange brings it back with its records."
    deleteOneObject(id: UUID, input: DeleteOneObjectInput, plan: Boolean): Object
    "Adds a field to an object: its column and its place in the API are there when this answers."
    createOneField(data: CreateFieldInput, input: CreateOneFieldInput, plan: Boolean): Field
    "Changes a field: renames it, hides it, changes its options, its default, whether it is required or unique. A target of a morph relation that joins records goes only by force."
    updateOneField(id: UUID, data: UpdateFieldInput, input: UpdateOneFieldInput, force: Boolean, plan: Boolean): Field
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

export const typeDefs = [objectTypeDefs, fieldTypeDefs, ruleTypeDefs, changeTypeDefs, mutations];
