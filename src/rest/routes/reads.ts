/** Routes that read: a list, a record, what is like a record. */
import { RelataError } from "../../errors.ts";
import { duplicatesDocument, getDocument, listDocument, takeVersion } from "../documents.ts";
import { linksOf, type PageInfo } from "../links.ts";
import type { Operation } from "../operation.ts";
import { listQueryOf, WANTED, wantedOf } from "../query/listQuery.ts";
import { meaningOf } from "../query/meanings.ts";
import { Parameters } from "../query/parameters.ts";
import { assertList, refuse } from "../query/tree.ts";
import type { Asked } from "../request.ts";
import { unwrap } from "../selection.ts";

type Row = Record<string, unknown>;
type List = { nodes: Row[]; pageInfo: PageInfo; totalCount?: number };

const OF_RECORD: ReadonlySet<string> = new Set(WANTED);
/** What the arguments of lists are called in REST. */
export const LIST_NAMES = {
  first: "limit",
  last: "limit",
  after: "starting_after",
  before: "ending_before",
  cursor: "starting_after",
  orderBy: "order_by",
};

export function list({ req, services, object, search }: Asked): Operation {
  const { query, document } = meaningOf(object, "list", search, () => {
    const query = listQueryOf(object, search);
    return { query, document: listDocument(object, query) };
  });
  const { text, lists } = document;
  const { filter, orderBy, limit, cursor, offset } = query;
  return {
    text,
    variables: { filter, orderBy, limit, cursor, offset },
    names: query.page === "before" ? { ...LIST_NAMES, cursor: "ending_before" } : LIST_NAMES,
    toAnswer(data) {
      const { nodes, pageInfo, totalCount } = data["list"] as List;
      if (lists.length) for (const row of nodes) unwrap(row, lists);
      const counted = totalCount !== undefined && { totalCount };
      const body = { data: { [object.plural]: nodes }, ...counted, pageInfo };
      return { status: 200, body, headers: { ...linksOf(req, search, pageInfo, services.config) } };
    },
  };
}

export function get({ object, search, id }: Asked): Operation {
  const document = meaningOf(object, "get", search, () => getDocument(object, wantedOf(new Parameters(search, OF_RECORD), 1)));
  return {
    text: document.text,
    variables: { id },
    toAnswer(data) {
      const row = data["record"] as Row;
      unwrap(row, document.lists);
      const version = takeVersion(row, document);
      return { status: 200, body: { data: { [object.singular]: row } }, version };
    },
  };
}

/** The fields of a body that is an object of nothing else. */
export function fieldsOf(body: unknown, known: readonly string[]): Row {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return refuse(`The body is an object with ${known.join(", ")}.`, "body");
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`The body has no ${unknown.slice(0, 60)}; it has ${known.join(", ")}.`, unknown.slice(0, 60));
  return body as Row;
}

export function duplicates({ object, search, body }: Asked): Operation {
  const given = fieldsOf(body, ["ids", "data"]);
  const wanted = wantedOf(new Parameters(search, OF_RECORD), 0);
  const args = ["ids", "data"].filter((name) => given[name] != null);
  if (args.length !== 1) throw new RelataError("ARGS_CONFLICT", "Give ids or data, one of them.", { field: "ids" });
  for (const name of args) assertList(given[name], name);
  const { text, lists } = duplicatesDocument(object, args, wanted);
  return {
    text,
    variables: given,
    toAnswer(data) {
      const found = (data["answer"] as List[]).map(({ nodes, totalCount, pageInfo }) => {
        for (const row of nodes) unwrap(row, lists);
        return { totalCount, pageInfo, [object.operations.duplicates!]: nodes };
      });
      return { status: 200, body: { data: found } };
    },
  };
}
