/** Reads the filters of a view, as whoever asks sees it: a statement of its own, and only when a view is named. */
import type { GraphQLInputObjectType } from "graphql";
import { type ExecutionDetails, Step } from "postgraphile/grafast";
import { RelataError } from "../errors.ts";
import type { RecordResource } from "../records/resources.ts";
import { filterOfView, type KeptFilter, type KeptView } from "./viewFilter.ts";

const VIEW = `
  select json_build_object(
    'anyField', nullif(v.any_field_filter_value, ''),
    'member', authz.member_id(),
    'groups', coalesce((
      select json_agg(json_build_object('id', g.id, 'parent', g.parent_view_filter_group_id, 'operator', g.logical_operator)
        order by g.position, g.id)
      from core.view_filter_groups g where g.view_id = v.id and g.deleted_at is null), '[]'),
    'filters', coalesce((
      select json_agg(json_build_object('field', f.name, 'type', f.type, 'operand', x.operand, 'value', x.value,
        'part', x.sub_field_name, 'group', x.view_filter_group_id) order by x.position_in_view_filter_group, x.id)
      from core.view_filters x join core.fields f on f.id = x.field_id
      where x.view_id = v.id and x.deleted_at is null), '[]'),
    'texts', coalesce((
      select json_agg(json_build_object('field', f.name, 'type', f.type) order by f.id)
      from core.fields f where f.object_id = v.object_id and f.is_active), '[]'))::text
  from core.views v join core.objects o on o.id = v.object_id
  where v.id = $1 and v.deleted_at is null and o.name_singular = $2`;

type Executes = { executeWithCache(asked: object[], statement: object): Promise<{ values: [readonly (readonly string[])[]] }> };

/** A list, one value, or a list that is a text: what private.filter_values takes. */
function toValues(value: unknown): string[] {
  if (typeof value === "string" && /^\s*\[/.test(value)) {
    try {
      return toValues(JSON.parse(value));
    } catch {
      return [value];
    }
  }
  if (value == null || value === "") return [];
  return (Array.isArray(value) ? value : [value]).map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one)));
}

export class ViewFilterStep extends Step {
  static override $$export = { moduleName: "relata", exportName: "ViewFilterStep" };
  override isSyncAndSafe = false;
  readonly #resource: RecordResource;
  readonly #filterType: GraphQLInputObjectType;

  constructor(resource: RecordResource, filterType: GraphQLInputObjectType, $viewId: Step) {
    super();
    this.#resource = resource;
    this.#filterType = filterType;
    this.addDependency(resource.executor.context());
    this.addDependency($viewId);
  }

  async #read(context: unknown, viewId: unknown) {
    const { codec, executor } = this.#resource;
    const statement = { text: VIEW, rawSqlValues: [viewId, codec.extensions?.tags?.["singular"]], identifierIndex: null };
    const { values } = await (executor as unknown as Executes).executeWithCache([{ context, queryValues: [] }], statement);
    const [row] = await values[0];
    if (!row) throw new RelataError("NOT_FOUND", "There is no such view of these records.", { field: "viewId" });
    const view = JSON.parse(row[0]!) as Omit<KeptView, "filters"> & { filters: (KeptFilter & { value: unknown })[] };
    return filterOfView(this.#filterType, { ...view, filters: view.filters.map((one) => ({ ...one, values: toValues(one.value) })) });
  }

  override execute({ indexMap, values: [context, viewId] }: ExecutionDetails) {
    return indexMap((i) => (viewId!.at(i) == null ? null : this.#read(context!.at(i), viewId!.at(i))));
  }
}
