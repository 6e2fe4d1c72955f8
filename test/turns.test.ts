/** Connections are given to workspaces in turn: who asks for many waits for himself. */
import { jest } from "@jest/globals";
import type { Pool } from "pg";
import { connectInTurn } from "../src/turns.ts";

/** A pool of `max` that has a connection for whoever asks. */
function makePool(max: number): Pool {
  const connect = (given: (error: undefined, client: object, release: () => void) => void) => given(undefined, {}, () => {});
  return { options: { max }, connect } as unknown as Pool;
}

/** Asks on behalf of workspaces, and notes who was given a connection, and how to give it back. */
function makeAsker(max: number) {
  const pool = makePool(max);
  const given: string[] = [];
  const held: { workspaceId: string; release: () => void }[] = [];
  const ask = (workspaceId: string, times = 1) => {
    for (let time = 0; time < times; time++) {
      connectInTurn(pool, workspaceId, (error, _client, release) => {
        given.push(error ? `${workspaceId} in vain` : workspaceId);
        if (!error) held.push({ workspaceId, release });
      });
    }
  };
  const giveBack = (workspaceId?: string) => {
    const index = held.findIndex((one) => !workspaceId || one.workspaceId === workspaceId);
    held.splice(index, 1)[0]!.release();
  };
  return { pool, given, ask, giveBack };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it("cannot hold every connection, even alone", () => {
  const { given, ask } = makeAsker(8);
  ask("a", 100);
  expect(given).toEqual(Array(6).fill("a"));
  ask("b");
  expect(given.at(-1)).toBe("b");
});

it("can have one where there is but one", () => {
  const { given, ask, giveBack } = makeAsker(1);
  ask("a");
  ask("b");
  expect(given).toEqual(["a"]);
  giveBack();
  expect(given).toEqual(["a", "b"]);
});

it("can have the next one, however many others of one workspace wait before", () => {
  const { given, ask, giveBack } = makeAsker(2);
  ask("a", 50);
  ask("b", 3);
  ask("c", 1);
  given.splice(0);
  for (let turn = 0; turn < 6; turn++) giveBack();
  expect(given.slice(0, 4).sort()).toEqual(["a", "b", "b", "c"]);
});

it("can have more again when nobody else has asked for a second", () => {
  const { given, ask, giveBack } = makeAsker(8);
  ask("b");
  giveBack("b");
  ask("a", 100);
  const beside = given.filter((one) => one === "a").length;
  expect(beside).toBeLessThan(6);
  jest.advanceTimersByTime(1500);
  given.splice(0);
  ask("a");
  giveBack("a");
  giveBack("a");
  expect(given.length).toBeGreaterThan(2 - 1);
});

it("cannot have a second one beside others, unless the first is held for long", () => {
  const { given, ask, giveBack } = makeAsker(8);
  ask("b");
  giveBack("b");
  ask("a", 100);
  expect(given).toEqual(["b", "a"]);
  giveBack("a");
  expect(given).toEqual(["b", "a", "a"]);
  for (const count of [3, 4, 5]) {
    jest.advanceTimersByTime(50);
    expect(given.filter((one) => one === "a").length).toBe(count);
  }
  // Half of them, and no more while b has just been here.
  jest.advanceTimersByTime(500);
  expect(given.filter((one) => one === "a").length).toBe(5);
  ask("b");
  expect(given.at(-1)).toBe("b");
});

it("cannot wait for longer than five seconds", () => {
  const { given, ask, giveBack } = makeAsker(1);
  ask("a");
  ask("b", 2);
  jest.advanceTimersByTime(5001);
  expect(given).toEqual(["a", "b in vain", "b in vain"]);
  giveBack();
  ask("c");
  expect(given.at(-1)).toBe("c");
});

it("can be asked for nobody's sake, without a turn", () => {
  const { pool, ask } = makeAsker(1);
  ask("a", 10);
  let isGiven = false;
  connectInTurn(pool, undefined, () => {
    isGiven = true;
  });
  expect(isGiven).toBe(true);
});
