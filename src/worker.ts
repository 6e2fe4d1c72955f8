/**
 * Works on jobs: one task a file in tasks/, known by the file's name. A worker that
 * loses the database is started again, for as long as the process lives.
 */
import { readdir } from "node:fs/promises";
import { type JobHelpers, Logger, type Runner, run, type TaskList } from "graphile-worker";
import type { Client, Pool } from "pg";
import type { Log } from "./log.ts";
import type { TaskMail } from "./mail/taskMail.ts";
import { ownerUrl, withAdmin } from "./migrate.ts";
import type { Workspaces } from "./repositories/workspaces.ts";

const TASKS = new URL("../tasks/", import.meta.url);
const CRONTAB = `
17 4 * * * expire_sessions
37 4 * * * purge_trash
57 4 * * * purge_workspaces
47 4 * * * purge_mails
57 * * * * purge_limits
* * * * * resume_indexes
* * * * * resume_mails
`;
const CONCURRENCY = 4;
const RESTART_MS = 1000;

/** What tasks work with: workspaces' records, and mail. */
export type TaskServices = { workspaces: Workspaces; mail: TaskMail };

/** What a task is given: graphile-worker's helpers, the services, and a way to work on tables as the one who owns them. */
export type TaskHelpers = JobHelpers & TaskServices & { withOwner<T>(work: (owner: Client) => Promise<T>): Promise<T> };

export type Worker = { isUp: () => boolean; stop: () => Promise<void> };

async function loadTasks(folder: URL, adminUrl: string, services: TaskServices): Promise<TaskList> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts"));
  const load = async (file: string) => {
    const { default: task } = (await import(new URL(file, folder).href)) as {
      default: (payload: unknown, helpers: TaskHelpers) => unknown;
    };
    const withOwner: TaskHelpers["withOwner"] = (work) => withAdmin(ownerUrl(adminUrl), work);
    const run = (payload: unknown, helpers: JobHelpers) => task(payload, Object.assign(helpers, { withOwner, ...services }));
    return [file.slice(0, -".ts".length), run as TaskList[string]] as const;
  };
  return Object.fromEntries(await Promise.all(files.map(load)));
}

/** Starts a worker on `pool`, whose role owns the schema graphile_worker; what needs more goes by `adminUrl`. */
export async function startWorker(pool: Pool, adminUrl: string, services: TaskServices, log: Log, tasks = TASKS): Promise<Worker> {
  const taskList = await loadTasks(tasks, adminUrl, services);
  const logger = new Logger(() => (level, message) => (level === "error" ? log.error(message) : log.debug(message)));
  let starting: Promise<Runner> | undefined;
  let runner: Runner | undefined;
  let isStopping = false;

  const start = async () => {
    // This process has one way to stop (src/shutdown.ts), so the library listens to no signals.
    starting = run({ pgPool: pool, taskList, crontab: CRONTAB, concurrency: CONCURRENCY, noHandleSignals: true, logger });
    runner = await starting;
    return runner.promise;
  };
  const supervise = async () => {
    // Whose connections are let go of before it has begun is not wanted any more.
    while (!isStopping && !pool.ending) {
      try {
        await start();
      } catch (error) {
        if (pool.ending) return;
        log.warn("The worker stopped and is started again", { error: (error as Error).message });
      }
      runner = undefined;
      if (!isStopping) await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    }
  };
  const supervising = supervise();

  return {
    isUp: () => runner !== undefined,
    async stop() {
      isStopping = true;
      await starting?.then((started) => started.stop()).catch(() => {});
      await Promise.race([supervising, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    },
  };
}
