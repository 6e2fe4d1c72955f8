/**
 * The shared views of an object, in their order. They have no names of their own in the
 * database, so one is known by what it is called, and of two that are called alike the
 * first is the first. A model that says nothing of an object's views leaves them as they are.
 */
import { changed, type KnownObject, type KnownView, type ObjectModel, picked, type Values, type ViewModel } from "./model.ts";
import type { Change, Plan } from "./plan.ts";
import { viewData } from "./viewData.ts";

/** What of an index view stays as it is when it is not said. */
const KEPT_OF_INDEX = ["name", "icon", "fields", "fieldGroups"];

const LISTS = { fields: [], fieldGroups: [], filters: [], filterGroups: [], sorts: [], groups: [] };
const PLAIN = { type: "TABLE", icon: "", isCompact: false, shouldHideEmptyGroups: false, openRecordIn: "SIDE_PANEL", ...LISTS };

/** What is not said of a view of this type; the groups of a board are its options then, which null stands for. */
const plainOf = ({ type }: ViewModel): Values => ({ ...PLAIN, ...(type === "CALENDAR" && { calendarLayout: "MONTH" }) });

/** The objects that get fields by what is planned: their index views show these, until they are told otherwise. */
function growing(changes: readonly Change[]): Set<string> {
  return new Set(
    changes.flatMap(({ kind, data }) => {
      const relation = data["relation"] as Values | undefined;
      const targets = [relation, ...((relation?.["targets"] as Values[] | undefined) ?? [])].map((one) => one?.["targetObject"]);
      if (kind === "addMorphTarget") return [data["targetObjectId"] as string];
      return kind === "createField" ? [data["objectId"] as string, ...(targets as string[])] : [];
    }),
  );
}

/** The fields whose options change: boards follow them in an order of their own. */
const reoptioned = (changes: readonly Change[]): Set<string> =>
  new Set(
    changes.flatMap(({ kind, data }) =>
      kind === "updateField" && (data["options"] || "isNullable" in data) ? [data["id"] as string] : [],
    ),
  );

/** What of a view that there is has to change; undefined for what is not said and follows. */
function differing(object: string, wanted: ViewModel, known: KnownView, grows: boolean, changedFields: ReadonlySet<string>): Values {
  const { key, renamedFrom: _renamedFrom, ...said } = wanted;
  const { key: _key, ...values } = known.values;
  const isBoard = (said["type"] ?? "TABLE") === "KANBAN";
  const kept = key ? KEPT_OF_INDEX : [];
  const baseline = { ...plainOf(wanted), ...picked(values, (name) => kept.includes(name)) };
  const data = changed(said, values, baseline);
  if (isBoard && said["groups"] === undefined) {
    const follows = changed({ groups: known.baseline["groups"] ?? [] }, { groups: values["groups"] }, {})["groups"] === undefined;
    delete data["groups"];
    const isOther = "mainGroupByField" in data || "type" in data;
    if (!isOther && (!follows || changedFields.has(`${object}.${said["mainGroupByField"]}`))) data["groups"] = null;
  }
  if (grows && said["fields"] !== undefined) data["fields"] = said["fields"];
  return data;
}

/** Each wanted view with the one there is. */
function pairs(wanted: readonly ViewModel[], known: readonly KnownView[]): [ViewModel, KnownView | undefined][] {
  const left = [...known];
  const take = (holds: (values: Values) => boolean) => {
    const at = left.findIndex(({ values }) => holds(values));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const found = wanted.map((view): [ViewModel, KnownView | undefined] => [
    view,
    take((values) => (view.key ? values["key"] === view.key : !values["key"] && values["name"] === view.name)),
  ]);
  return found.map(([view, there]) => [
    view,
    there ?? (view.renamedFrom ? take(({ name, key }) => !key && name === view.renamedFrom) : undefined),
  ]);
}

const isGrowing = (places: readonly number[]): boolean => places.every((place, i) => i === 0 || place > places[i - 1]!);

function diffObjectViews(
  plan: Plan,
  object: string,
  views: readonly ViewModel[],
  known: readonly KnownView[],
  planned: readonly Change[],
): void {
  const [grows, changedFields] = [growing(planned).has(object), reoptioned(planned)];
  const found = pairs(views, known);
  const listed = found.filter(([{ key }]) => !key);
  const isInOrder = listed.every(([, there]) => there) && isGrowing(listed.map(([, there]) => known.indexOf(there!)));
  for (const [i, [wanted, there]] of found.entries()) {
    const path = ["objects", object, "views", i];
    const title = wanted.key ? `index view of ${object}` : `view ${JSON.stringify(wanted.name)} of ${object}`;
    const place = isInOrder || wanted.key ? {} : { position: listed.findIndex(([view]) => view === wanted) + 1 };
    const { key, renamedFrom: _renamedFrom, ...said } = wanted;
    if (!there && !key) {
      const data = { objectId: object, ...place, ...viewData(object, said) };
      plan.add("view", { kind: "createView", data, path, words: `+ ${title}` });
      continue;
    }
    const data = there ? differing(object, wanted, there, grows, changedFields) : said;
    if (!Object.keys({ ...data, ...place }).length) continue;
    const which = key ? { objectId: object, key } : { id: there!.id };
    const words = `~ ${title}: ${Object.keys({ ...data, ...place }).join(", ")}`;
    // Fields and their headings are given together, and so are filters and their groups.
    const together = [
      ["fields", "fieldGroups"],
      ["filters", "filterGroups"],
    ].flatMap((names) => (names.some((name) => name in data) ? names : []));
    const whole = picked({ ...there?.values, ...(!key && LISTS), ...said }, (name) => together.includes(name));
    plan.add("view", { kind: "updateView", data: { ...which, ...place, ...viewData(object, { ...whole, ...data }) }, path, words });
  }
}

/** An index view of which nothing is said is as it came, with what came later behind; so with --prune only. */
function unarrange(plan: Plan, object: string, known: readonly KnownView[], isCustom: boolean): void {
  const index = known.find(({ values }) => values["key"]);
  if (!index) return;
  const { key, ...values } = index.values;
  const came = index.baseline["fields"] as string[];
  const headed = (values["fieldGroups"] as Values[]).flatMap(({ fields }) => fields as (string | Values)[]);
  const names = [...(values["fields"] as (string | Values)[]), ...headed].map((one) =>
    typeof one === "string" ? one : (one["field"] as string),
  );
  const fields = [...came, ...names.filter((name) => !came.includes(name))];
  const shown = fields.map((field, i) => (i < 30 ? field : { field, isVisible: false }));
  // What it is called was made of a label that a custom object may have had once.
  const kept = picked(values, (name) => isCustom && ["name", "icon"].includes(name));
  const data = changed(kept, values, { ...index.baseline, fields: shown });
  if (!Object.keys(data).length) return;
  const words = `arrangement of the index view of ${object}`;
  plan.kept.push(words);
  const whole = { ...picked({ fields: shown, fieldGroups: [] }, () => "fields" in data || "fieldGroups" in data), ...data };
  plan.add("deleteView", {
    kind: "updateView",
    data: { objectId: object, key, ...viewData(object, whole) },
    path: ["objects", object],
    words: `- ${words}`,
  });
}

/** What gives an object the views that a model wants, once all else is planned. */
export function diffViews(plan: Plan, object: string, { views }: ObjectModel, known?: KnownObject): void {
  const there = known?.views ?? [];
  if (views) diffObjectViews(plan, object, views, there, plan.changes(true));
  else unarrange(plan, object, there, known?.isCustom ?? true);
  const stays = new Set(pairs(views ?? [], there).map(([, one]) => one));
  for (const one of there) {
    if (stays.has(one) || one.values["key"]) continue;
    const words = `view ${JSON.stringify(one.values["name"])} of ${object}`;
    plan.kept.push(words);
    plan.add("deleteView", { kind: "deleteView", data: { id: one.id }, path: ["objects", object], words: `- ${words}` });
  }
}
