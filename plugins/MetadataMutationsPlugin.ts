/**
 * Changes of the data model: `createOneObject`, `updateOneField`, … , each one change;
 * `applyChanges` and `planChanges` for lists; `undoChange`. All go through
 * core.apply_changes, one transaction each. With `plan: true` a change is made for
 * real and taken back; what it would have done is told under `extensions.plan`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type {} from "postgraphile";
import { type PgClient, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import { context, type FieldArgs, get, lambda, object, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { changeOf, changesOf } from "../src/metadata/changeInputs.ts";
import { recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      MetadataMutationsPlugin: true;
    }
  }
}

const MAX_ATTEMPTS = 12;
const BUSY = new Set(["55P03", "40P01"]); // lock not available, deadlock

/** A change of tables waits for a lock no longer than readers may wait behind it; then it tries again. */
async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!BUSY.has((error as { code?: string }).code ?? "") || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(Math.random() * 50 * attempt);
    }
  }
}

const typeDefs = gql`
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
    "What the type lets be set: dataType of a NUMBER, maxNumberOfValues of EMAILS."
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
    "Makes changes, all or none."
    applyChanges(changes: [ChangeInput!]!): AppliedChanges
    "What applyChanges would do: it is done for real, and taken back."
    planChanges(changes: [ChangeInput!]!): AppliedChanges
    "Undoes a change, with the data that it took away."
    undoChange(id: UUID!, plan: Boolean): AppliedChanges
  }
`;

type Applied = { changes: { id: string }[]; isPlan?: boolean };
type Asked = { text: string; values: readonly unknown[]; claim: { plans?: unknown[] } };

/** Calls core.apply_changes or core.undo_change; a plan is noted for the answer's extensions. */
const apply = (client: PgClient, { text, values, claim }: Asked): Promise<Applied> =>
  whenFree(async () => {
    const { rows } = await client.query<string[]>({ text, values, arrayMode: true } as never);
    const applied = JSON.parse(rows[0]![0]!) as Applied;
    if (applied.isPlan) (claim.plans ??= []).push(applied);
    return { isPlan: false, ...applied };
  });

const APPLY = "select core.apply_changes($1::jsonb, $2)";
const UNDO = "select core.undo_change($1, $2)";
const VERBS = ["create", "update", "delete"] as const;
const NOUNS = ["Object", "Field"] as const;

export const MetadataMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const resourceOf = (noun: string) => recordResources(build).find(({ codec }) => build.inflection.recordSingle(codec) === noun)!;
    const { executor } = resourceOf("object");
    const send = (text: string, $values: Step<readonly unknown[]>) =>
      sideEffectWithPgClient(
        executor,
        object({ text: lambda(null, () => text), values: $values, claim: get(context(), "pgSettings") }) as never,
        apply as never,
      ) as unknown as Step<Applied>;

    const planOne = (verb: (typeof VERBS)[number], noun: (typeof NOUNS)[number]) => (_$root: unknown, fieldArgs: FieldArgs) => {
      const resource = resourceOf(noun.toLowerCase());
      const $change = lambda(fieldArgs.getRaw(), (args) => ({ ...changeOf(verb, noun, args as never), ...pick(args as never) }));
      if (verb !== "delete") {
        const $applied = send(
          APPLY,
          lambda($change, ({ kind, data, plan }) => [JSON.stringify([{ kind, data }]), plan]),
        );
        return resource.get({ id: lambda($applied, ({ changes }) => changes[0]!.id) } as never);
      }
      // What it was is read before it is gone.
      const $before = resource.get({ id: lambda($change, ({ data }) => data["id"]) } as never);
      send(
        APPLY,
        lambda([$change, $before.get("id")] as const, ([{ kind, data, plan, force }]) => [
          JSON.stringify([{ kind, data: { ...data, force } }]),
          plan,
        ]) as never,
      );
      return $before;
    };

    const one = NOUNS.flatMap((noun) => VERBS.map((verb) => [`${verb}One${noun}`, planOne(verb, noun)] as const));
    const planMany = (isPlan: boolean) => (_$root: unknown, fieldArgs: FieldArgs) =>
      send(
        APPLY,
        lambda(fieldArgs.getRaw("changes"), (changes) => [JSON.stringify(changesOf(changes as never)), isPlan]),
      );
    return {
      typeDefs,
      objects: {
        Mutation: {
          plans: {
            ...Object.fromEntries(one),
            applyChanges: planMany(false),
            planChanges: planMany(true),
            undoChange: (_$root: unknown, fieldArgs: FieldArgs) =>
              send(
                UNDO,
                lambda(fieldArgs.getRaw(), (args) => [(args as { id: string }).id, (args as { plan?: boolean }).plan ?? false]),
              ),
          },
        },
      },
    } as never;
  }),
  name: "MetadataMutationsPlugin",
  description: "Changes of the data model, made, planned and undone",
};

const pick = ({ plan, force }: { plan?: boolean | null; force?: boolean | null }) => ({ plan: plan ?? false, force: force ?? false });
