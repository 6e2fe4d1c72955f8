/**
 * Each group of `npm run prove` can fail: one defence is taken away from its world, and a check is to notice, and to pass once it
 * is back. Here one a group, the quickest; RELATA_ALL_CASES=1 takes all of them, as `npm run prove -- --sabotage` does.
 */
import "../helpers/slow.ts";
import { groups } from "./groups.ts";
import { isNoticed, runSabotages } from "./run.ts";

const isAll = Boolean(process.env["RELATA_ALL_CASES"]);
const options = { seed: Number(process.env["RELATA_SEED"] ?? 1), isFull: false, workspaces: isAll ? 6 : 4 };
// Those of faults start clusters of their own, and take minutes.
const quick = groups.filter(({ name }) => isAll || name !== "faults");
const cases = quick.flatMap((group) =>
  (isAll ? group.sabotages : group.sabotages.slice(0, 1)).map((one) => [group.name, one.what, group, one] as const),
);

it("has a sabotage for each group, and checks that are to notice it", () => {
  for (const { name, checks, sabotages } of groups) {
    expect([name, sabotages.length > 0]).toEqual([name, true]);
    const ids = checks.map(({ id }: { id: string }) => id);
    expect([name, ids.length]).toEqual([name, new Set(ids).size]);
    for (const { noticedBy } of sabotages) expect(ids).toEqual(expect.arrayContaining([...noticedBy]));
  }
});

it.each(cases)("%s cannot pass while %s", async (_name, _what, group, sabotage) => {
  const [noticed] = await runSabotages({ ...group, sabotages: [sabotage] }, options, () => {});
  expect({ ...noticed, isNoticed: isNoticed(noticed!) }).toMatchObject({ isNoticed: true, still: [] });
  expect(sabotage.noticedBy).toEqual(expect.arrayContaining(noticed!.by));
});
