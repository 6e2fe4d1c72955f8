/** How a repository reads: pages of a list, and the rest of the lists inside that one page did not hold. */
import type { GraphQLSchema } from "graphql";
import { RelataError } from "../errors.ts";
import type { Limits } from "../graphql/limits.ts";
import { countDocument, depthOf, listDocument, relationOf, restDocument, type Tree, treeOf } from "./documents.ts";
import { kindOf, objectOf, targetOf } from "./objects.ts";
import { filterOf, orderOf } from "./where.ts";

export type Variables = Record<string, unknown>;
/** Runs one operation, made for the workspace's schema as it is; answers its data, or throws a RelataError. */
export type Run = (
  make: (schema: GraphQLSchema, limits: Limits) => { query: string; variables: Variables },
) => Promise<{ data: Variables; schema: GraphQLSchema }>;

type Row = Record<string, unknown>;
type List = { nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
type Asked = {
  where?: unknown;
  relations?: readonly string[];
  select?: readonly string[];
  order?: object;
  take?: number;
  skip?: number;
  withDeleted?: boolean;
};

/** As many in each list as lets the lists inside each other, and beside each other, be full. */
function pageSizeOf({ rows, pageSize }: Limits, depth: number, relations: number): number {
  const fitting = depth === 0 ? rows : Math.floor((rows / 2 / relations) ** (1 / (depth + 1)));
  return Math.max(1, Math.min(pageSize, fitting));
}

/** A relation to complete in each record of one kind, and what is to be completed in the records behind it. */
type Route = { relation: string; isMany: boolean; target: string; tree: Tree; routes: Route[] };

const routesOf = (schema: GraphQLSchema, name: string, tree: Tree): Route[] =>
  Object.entries(tree).map(([relation, inner]) => {
    const field = relationOf(schema, objectOf(schema, name).type, relation);
    const target = targetOf(schema, field)!.name;
    return { relation, isMany: kindOf(schema, field) === "many", target, tree: inner, routes: routesOf(schema, target, inner) };
  });

function assertWhole(value: number | undefined, field: "take" | "skip"): void {
  if (value === undefined || (Number.isInteger(value) && value >= 0)) return;
  throw new RelataError("BAD_INPUT", `${field} is a whole number, and not negative.`, { field });
}

export class Reader {
  readonly #name: string;
  readonly #run: Run;

  constructor(name: string, run: Run) {
    this.#name = name;
    this.#run = run;
  }

  async find({ where, relations = [], select, order, take, skip, withDeleted }: Asked): Promise<Row[]> {
    assertWhole(take, "take");
    assertWhole(skip, "skip");
    if (take === 0) return [];
    const tree = treeOf(relations);
    const rows: Row[] = [];
    let after: string | null = null;
    do {
      const left: number = (take ?? Number.POSITIVE_INFINITY) - rows.length;
      const { data, schema } = await this.#run((schema, limits) => {
        const object = objectOf(schema, this.#name);
        const size = pageSizeOf(limits, depthOf(schema, object, tree), relations.length);
        const variables: Variables = { first: Math.min(left, size), after, size };
        if (!after) variables["offset"] = skip;
        variables["filter"] = filterOf(schema, object.type.name, where, withDeleted);
        variables["orderBy"] = orderOf(order);
        return { query: listDocument(schema, this.#name, { select, tree }), variables };
      });
      const { nodes, pageInfo } = data["list"] as List;
      const routes = routesOf(schema, this.#name, tree);
      for (const node of nodes) rows.push(await this.#complete(this.#name, node, routes));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after && rows.length < (take ?? Number.POSITIVE_INFINITY));
    return rows;
  }

  async count({ where, withDeleted }: Asked): Promise<number> {
    const { data } = await this.#run((schema) => ({
      query: countDocument(schema, this.#name),
      variables: { filter: filterOf(schema, objectOf(schema, this.#name).type.name, where, withDeleted) },
    }));
    return Number((data["list"] as { totalCount: unknown }).totalCount);
  }

  /** A record as programs have it: its lists as lists, and whole. One after the other, so that a `find` takes one connection. */
  async #complete(name: string, node: Row, routes: readonly Route[]): Promise<Row> {
    const row = { ...node };
    for (const { relation, isMany, target, tree, routes: inner } of routes) {
      if (isMany) {
        const list: Row[] = [];
        for (const one of await this.#whole(name, row, relation, tree)) list.push(await this.#complete(target, one, inner));
        row[relation] = list;
      } else if (row[relation]) row[relation] = await this.#complete(target, row[relation] as Row, inner);
    }
    return row;
  }

  async #whole(name: string, row: Row, relation: string, tree: Tree): Promise<Row[]> {
    let { nodes, pageInfo } = row[relation] as List;
    const found = [...nodes];
    while (pageInfo.hasNextPage) {
      const { data } = await this.#run((schema, limits) => {
        const target = targetOf(schema, relationOf(schema, objectOf(schema, name).type, relation))!;
        const size = pageSizeOf(limits, depthOf(schema, target, tree), Object.keys(tree).length);
        const variables = { id: row["id"], first: size, size, after: pageInfo.endCursor };
        return { query: restDocument(schema, name, relation, tree), variables };
      });
      ({ nodes, pageInfo } = (data["one"] as Row)["list"] as List);
      found.push(...nodes);
    }
    return found;
  }
}
