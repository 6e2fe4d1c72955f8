/**
 * Pages: `first`, `last`, `before`, `after` and `offset` on every list of records,
 * checked, and never without a limit, but for exports.
 */
import type {} from "postgraphile";
import { type ConnectionStep, ConstantStep, type FieldArgs, lambda, object, type Step } from "postgraphile/grafast";
import { RelataError } from "../src/errors.ts";
import { maximumsOf } from "../src/records/maximums.ts";
import { isOfWholeList } from "../src/records/wholeLists.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordPagingPlugin: true;
    }
  }
  namespace GraphileBuild {
    interface SchemaOptions {
      /** Whether lists take their page as one argument, too: `paging: { first: 10 }`. */
      pagingArgument?: boolean;
    }
  }
}

type Page = { first?: number | null; last?: number | null; before?: string | null; after?: string | null; offset?: number | null };
const ARGS = ["first", "last", "before", "after", "offset"] as const;
type Given = Page & { paging?: Page | null };

/** The page that the arguments mean; each is given on its own, or in `paging`. */
function pageOf({ paging, ...page }: Given): Page {
  for (const [name, value] of Object.entries(paging ?? {}) as [keyof Page, never][]) {
    if (page[name] != null && value != null) {
      throw new RelataError("ARGS_CONFLICT", `Give ${name} or paging.${name}, not both.`, { field: `paging.${name}` });
    }
    page[name] ??= value;
  }
  return page;
}

const EXCLUDING = [
  ["first", "last"],
  ["before", "after"],
  ["before", "first"],
  ["after", "last"],
  ["offset", "last"],
] as const;

function checkPage(page: Page, maxPageSize: number): void {
  for (const [a, b] of EXCLUDING) {
    if (page[a] != null && page[b] != null) throw new RelataError("ARGS_CONFLICT", `Give ${a} or ${b}, not both.`, { field: b });
  }
  for (const name of ["first", "last", "offset"] as const) {
    const value = page[name];
    if (value == null) continue;
    if (value < 0) throw new RelataError("BAD_INPUT", `${name} may not be negative.`, { field: name });
    if (name !== "offset" && value > maxPageSize) {
      throw new RelataError("LIMIT_EXCEEDED", `${name} is ${value}; a page holds at most ${maxPageSize} records.`, { field: name });
    }
  }
  for (const name of ["before", "after"] as const) {
    if (page[name] != null && !isCursor(page[name])) throw new RelataError("INVALID_CURSOR", undefined, { field: name });
  }
}

/** Base64 of a JSON list; whether it fits this list's order is checked with the query. */
function isCursor(cursor: string): boolean {
  try {
    return Array.isArray(JSON.parse(Buffer.from(cursor, "base64").toString("utf8")));
  } catch {
    return false;
  }
}

const isAbsent = ($step: Step) => $step instanceof ConstantStep && $step.data == null;

export const RecordPagingPlugin: GraphileConfig.Plugin = {
  name: "RecordPagingPlugin",
  description: "Adds `first`, `last`, `before`, `after` and `offset` to lists of records",
  version: "1.0.0",

  schema: {
    hooks: {
      init(_, build) {
        if (!build.options.pagingArgument) return _;
        const { GraphQLInt, GraphQLString } = build.graphql;
        const fields = {
          first: { type: GraphQLInt },
          last: { type: GraphQLInt },
          before: { type: GraphQLString },
          after: { type: GraphQLString },
        };
        build.registerInputObjectType("CursorPaging", {}, () => ({ description: "Which page of a list.", fields }), "RecordPagingPlugin");
        return _;
      },

      GraphQLObjectType_fields_field_args(args, build, { scope, Self }) {
        if (!scope.isPgFieldConnection) return args;
        const { GraphQLInt, GraphQLString } = build.graphql;
        const max = maximumsOf(build).maxPageSize;
        const paging = build.options.pagingArgument && {
          paging: { type: build.getInputTypeByName("CursorPaging"), description: "The page as one argument." },
        };
        return build.extend(
          args,
          {
            first: { type: GraphQLInt, description: `How many records, from the start; at most ${max}.` },
            last: { type: GraphQLInt, description: `How many records, from the end; at most ${max}.` },
            before: { type: GraphQLString, description: "Only what stands before this cursor." },
            after: { type: GraphQLString, description: "Only what stands after this cursor." },
            offset: { type: GraphQLInt, description: "How many records to leave out first." },
            ...paging,
          },
          `Adding pages to ${Self.name}.${scope.fieldName}`,
        );
      },

      GraphQLObjectType_fields_field(field, build, { scope }) {
        const plan = field.plan as ((...args: unknown[]) => unknown) | undefined;
        if (!scope.isPgFieldConnection || !plan) return field;
        const { maxPageSize, defaultPageSize } = maximumsOf(build);
        const { pagingArgument } = build.options;

        field.plan = function planPage(this: unknown, ...args: unknown[]) {
          const $connection = plan.apply(this, args) as ConnectionStep<never, never>;
          const fieldArgs = args[1] as FieldArgs;
          const names = pagingArgument ? ([...ARGS, "paging"] as const) : ARGS;
          const given: { [name in keyof Given]: Step } = Object.fromEntries(
            names.map((name) => [name, fieldArgs.getRaw(name)] as const).filter(([, $arg]) => !isAbsent($arg)),
          );
          const mayHave = (name: keyof Page) => given[name] || given.paging;
          const isWhole = scope.isRootQuery === true && isOfWholeList($connection);
          const $page = lambda(object(given as Record<string, Step>), (args: Given) => {
            const page = pageOf(args);
            checkPage(page, maxPageSize);
            if (page.first != null || page.last != null || isWhole) return page;
            // The page before a cursor is the one that ends there.
            return { ...page, [page.before == null ? "first" : "last"]: defaultPageSize };
          });
          const pick = (name: keyof Page) => lambda($page, (page) => page[name] ?? null, true);
          $connection.setFirst(pick("first") as never);
          if (mayHave("last") || mayHave("before")) $connection.setLast(pick("last") as never);
          if (mayHave("offset")) $connection.setOffset(pick("offset") as never);
          if (mayHave("before")) $connection.setBefore(pick("before") as never);
          if (mayHave("after")) $connection.setAfter(pick("after") as never);
          // The setters take the rows for needed. Whoever asks for them says so; a mere count reads none. Arguments are checked with the rows.
          if (Object.keys(given).length === 0) Object.assign($connection, { neededCollection: false });
          return $connection;
        } as never;
        return field;
      },
    },
  },
};
