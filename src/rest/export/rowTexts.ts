/** Records that GraphQL has made, as lines of a file: for those with others inside. */
import { type FieldNode, type GraphQLObjectType, getNamedType, isListType, isNonNullType, isObjectType, Kind, parse } from "graphql";
import { type Selection, unwrap } from "../selection.ts";
import { cellOf, headOf } from "./csv.ts";
import type { ListToStream } from "./document.ts";
import type { FileFormat } from "./streamList.ts";
import { type Shown, shownOf } from "./values.ts";

type Row = Record<string, unknown>;
export type RowTexts = { head: string; textOf(row: Row): string };

/** The columns of a selection: one for each value, also of a record inside, and one for each list, which is JSON. */
function columnsOf(type: GraphQLObjectType, nodes: readonly FieldNode[], path: readonly string[]): Shown[] {
  return nodes.flatMap((node) => {
    const name = node.name.value;
    const field = type.getFields()[name]!;
    const bare = isNonNullType(field.type) ? field.type.ofType : field.type;
    const named = getNamedType(bare);
    const inner = (node.selectionSet?.selections ?? []) as readonly FieldNode[];
    const isList = isListType(bare) || node.arguments?.length !== 0;
    if (!isList && isObjectType(named)) return columnsOf(named, inner, [...path, name]);
    return [shownOf([...path, name], named, isList)];
  });
}

function fieldsOf({ text }: Selection): readonly FieldNode[] {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? (definition.selectionSet.selections as readonly FieldNode[]) : [];
}

const valueAt = (row: Row, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Row | null | undefined)?.[name], row);

export function rowTextsOf({ object, selection, isVerbatim = false }: ListToStream, format: FileFormat): RowTexts {
  const { lists } = selection;
  if (format === "ndjson") {
    return {
      head: "",
      textOf(row) {
        unwrap(row, lists);
        return `${JSON.stringify(row)}\n`;
      },
    };
  }
  const columns = columnsOf(object.type, fieldsOf(selection), []);
  return {
    head: headOf(columns.map(({ path }) => path)),
    textOf(row) {
      unwrap(row, lists);
      return `${columns.map((column) => cellOf(valueAt(row, column.path), column, isVerbatim)).join(",")}\r\n`;
    },
  };
}
