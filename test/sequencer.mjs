/**
 * The suites that take longest begin first, so that no worker is left with one of them at the end.
 * jest itself knows them only where it has run before; this is for a fresh clone.
 */
import Sequencer from "@jest/test-sequencer";

const SLOWEST = [
  "db/core/kill",
  "start/faults",
  "metadata/predictions",
  "start/halfway",
  "model/model",
  "start/twoAtOnce",
  "metadata/hostileInput",
  "model/dba",
  "start/embedded",
  "start/appSecret",
  "model/views",
  "graphql/cursors",
  "graphql/reuse",
  "tasks/mailKills",
  "http/healthz",
  "auth/twoServers",
  "metadata/twoServers",
  "tasks/finish_build",
  "tasks/build_index",
  "graphql/fieldTypes/fieldTypes",
];
const rankOf = ({ path }) => {
  const rank = SLOWEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return rank < 0 ? SLOWEST.length : rank;
};

export default class SlowestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rankOf(a) - rankOf(b));
  }
}
