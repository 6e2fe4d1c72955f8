/** A view of a model as changes of the data model take it: its fields as `object.field`, its parts as the API calls them. */
import type { Values } from "./model.ts";

type Part = string | Values;
const asMap = (part: Part, key: string): Values => (typeof part === "string" ? { [key]: part } : part);

/** A part with the field that it is about named as others have it by id. */
const ofField = (object: string, part: Part): Values => {
  const { field, ...rest } = asMap(part, "field");
  return { fieldId: `${object}.${field}`, ...rest };
};

const fieldsOf = (object: string, fields: unknown) => ((fields as Part[] | null) ?? []).map((one) => ofField(object, one));

function filtersOf(object: string, filters: unknown, groups: unknown): Values {
  return {
    viewFilters: fieldsOf(object, filters),
    viewFilterGroups: ((groups as Values[] | null) ?? []).map(({ filters: inner, filterGroups, ...group }) => ({
      ...group,
      ...filtersOf(object, inner, filterGroups),
    })),
  };
}

/** How each key of a model is said in a change; the others are as they are. */
const SAID: Record<string, (object: string, value: unknown) => Values> = {
  mainGroupByField: (object, value) => ({ mainGroupByFieldId: value && `${object}.${value}` }),
  kanbanAggregateOperationField: (object, value) => ({ kanbanAggregateOperationFieldId: value && `${object}.${value}` }),
  calendarField: (object, value) => ({ calendarFieldId: value && `${object}.${value}` }),
  fields: (object, value) => ({ viewFields: fieldsOf(object, value) }),
  fieldGroups: (object, value) => ({
    viewFieldGroups: (value as Values[]).map(({ fields, ...group }) => ({ ...group, viewFields: fieldsOf(object, fields) })),
  }),
  filters: () => ({}),
  filterGroups: () => ({}),
  sorts: (object, value) => ({ viewSorts: fieldsOf(object, value) }),
  groups: (_object, value) => ({
    viewGroups:
      value &&
      (value as Part[]).map((one) => {
        const { value: fieldValue, ...rest } = asMap(one, "value");
        return { fieldValue, ...rest };
      }),
  }),
};

export function viewData(object: string, view: Values): Values {
  const said = Object.entries(view).map(([key, value]) => (Object.hasOwn(SAID, key) ? SAID[key]!(object, value) : { [key]: value }));
  const isFiltered = view["filters"] !== undefined || view["filterGroups"] !== undefined;
  return Object.assign({}, ...said, isFiltered && filtersOf(object, view["filters"], view["filterGroups"]));
}
