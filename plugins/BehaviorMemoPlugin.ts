/**
 * Remembers the answers of graphile-build's behaviour checks, most of a build's
 * time otherwise (graphile/crystal#3184 mends it upstream). Same answers, sooner.
 */
import type {} from "postgraphile";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      BehaviorMemoPlugin: true;
    }
  }
}

type Memo = { seen: Set<string>; answers: Map<string, Map<string, boolean>> };
type BehaviorPrototype = {
  entityMatches(entityType: string, entity: unknown, filter: string): boolean;
  getBehaviorForEntity(entityType: string, entity: unknown): { behaviorString: string };
  stringMatches(behaviorString: string, filter: string): boolean;
};

const memos = new WeakMap<object, Memo>();
const patched = new WeakSet<object>();

function remember(proto: BehaviorPrototype): void {
  if (patched.has(proto)) return;
  patched.add(proto);
  const { entityMatches } = proto;
  proto.entityMatches = function entityMatchesOnce(entityType, entity, filter) {
    let memo = memos.get(this);
    if (!memo) memos.set(this, (memo = { seen: new Set(), answers: new Map() }));
    const { seen, answers } = memo;
    const question = `${entityType} ${filter}`;
    if (!seen.has(question)) {
      seen.add(question); // The first time goes the long way, which warns of unknown behaviours.
      return entityMatches.call(this, entityType, entity, filter);
    }
    const { behaviorString } = this.getBehaviorForEntity(entityType, entity);
    let byString = answers.get(filter);
    if (!byString) answers.set(filter, (byString = new Map()));
    let answer = byString.get(behaviorString);
    if (answer === undefined) byString.set(behaviorString, (answer = this.stringMatches(behaviorString, filter)));
    return answer;
  };
}

export const BehaviorMemoPlugin: GraphileConfig.Plugin = {
  name: "BehaviorMemoPlugin",
  description: "Remembers the answers of behaviour checks while a schema is built",
  version: "1.0.0",

  schema: {
    hooks: {
      init: {
        provides: ["behaviorMemo"],
        before: ["default", "inferred"],
        callback(_, build) {
          // The instance is frozen before this hook, so its prototype is changed, once.
          remember(Object.getPrototypeOf(build.behavior) as BehaviorPrototype);
          return _;
        },
      },
    },
  },
};
