/** A round of changes, and what all checks of them ask afterwards. */
import type { Answer } from "../../helpers/server.ts";
import type { MetadataWorld } from "./world.ts";

/** The lints of every table's policies and grants. */
export const WALLS = ["row_security", "in_workspace", "record_privileges", "kept_columns", "keys_stay_inside"];
/** Those of metadata and catalog. */
export const AGREE = ["metadata_agrees", "trash_agrees", "half_built"];
let count = 0;
export const newName = () => `made${[...String(count++)].map((digit) => "abcdefghij"[Number(digit)]).join("")}z`;
export const codesOf = ({ errors }: Answer<unknown>) =>
  (errors ?? []).map(({ extensions }) => extensions.errors?.[0]?.code ?? extensions.code);

/** All that is done to company, and beside it; it leaves what it found. */
export async function round({ make, objectId }: MetadataWorld): Promise<void> {
  const company = await objectId("company");
  const name = newName();
  const [field] = await make({ kind: "createField", data: { objectId: company, name, type: "NUMBER", defaultValue: 7 } });
  await make({ kind: "updateField", data: { id: field, name: `${name}x` } });
  const [object] = await make({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}s` } });
  const relation = { targetObjectId: company, targetFieldName: `${name}s` };
  const [joined] = await make({ kind: "createField", data: { objectId: object, name: "owner", type: "RELATION", relation } });
  await make({ kind: "updateObject", data: { id: object, nameSingular: `${name}y`, namePlural: `${name}ys` } });
  await make({ kind: "deleteField", data: { id: joined, force: true } });
  await make({ kind: "deleteField", data: { id: field, force: true } });
  await make({ kind: "deleteObject", data: { id: object, force: true } });
}
