/** What each check must find, and no other check: ":w" is the schema of a workspace whose tables hold 12,000 records. */
import type { Patient } from "../../src/doctor/check.ts";

export type SeededFault = {
  /** Variables that differ; in production all else is as it should be. */
  env?: Record<string, string>;
  isProduction?: boolean;
  /** In a transaction that is taken back. */
  sql?: string;
  /** Committed, as statistics count nothing else; one statement each. */
  kept?: string[];
  patient?: Partial<Patient> | ((patient: Patient) => Partial<Patient>);
};

const inProduction = (env: Record<string, string>): SeededFault => ({ isProduction: true, env });
const sql = (text: string): SeededFault => ({ sql: text });
const kept = (...statements: string[]): SeededFault => ({ kept: statements });

/** Where the address is not the loopback's name, Linux and macOS still lead back to it. */
const elsewhere = (url: string) => url.replace("127.0.0.1", "0.0.0.0");

export const SEEDED: Record<string, SeededFault[]> = {
  app_secret: [
    { env: { APP_SECRET: "too short" } },
    { env: { APP_SECRET: "a".repeat(40) } },
    { env: { APP_SECRET: "please-change-me-before-you-go-to-production" } },
  ],
  former_secrets: [{ env: { APP_SECRET_FALLBACKS: "another one, once" } }],
  trial_on_show: [inProduction({ NODE_ENV: "development" }), inProduction({ NODE_ENV: "test", SERVER_URL: "", FRONTEND_URL: "" })],
  plain_http: [inProduction({ SERVER_URL: "http://crm.example.org" }), inProduction({ FRONTEND_URL: "http://crm.example.org" })],
  mails_kept: [inProduction({ EMAIL_DRIVER: "logger" })],
  mail_in_the_clear: [inProduction({ EMAIL_SMTP_NO_TLS: "true" })],
  statement_timeout: [{ env: { PG_STATEMENT_TIMEOUT_MS: "600000" } }],
  limits_off: [inProduction({ RATE_LIMIT_WORKSPACE: "0" }), inProduction({ RATE_LIMIT_SIGN_IN_ACCOUNT: "0" })],

  postgres_version: [{ patient: ({ server }) => ({ server: { ...server, version: 19 } }) }],
  administrator: [{ patient: ({ server }) => ({ server: { ...server, seesAll: false } }) }],
  postgres_tls: [{ patient: ({ adminUrl }) => ({ adminUrl: elsewhere(adminUrl) }) }],
  connections: [{ env: { PG_POOL_MAX_CONNECTIONS: "200" } }],
  clocks: [{ patient: { now: () => Date.now() + 5000 } }, { patient: { now: () => Date.now() - 2000 } }],
  migrations: [
    sql("delete from graphile_migrate.migrations"),
    sql("insert into graphile_migrate.migrations (hash, filename) values ('sha1:0', '999999-of-a-newer-one.sql')"),
  ],
  server_login: [{ patient: { appSecret: "that of another installation, quite" } }],
  demo_users: [{ isProduction: true, sql: "update core.users set email = 'owner@acme.test' where email = 'was.owner@acme.test'" }],

  durability: [sql("set local synchronous_commit = off")],
  autovacuum: [sql("alter table :w.company set (autovacuum_enabled = false)")],
  extension_versions: [sql("create extension hstore version '1.4' schema extensions")],
  jobs_failed: [
    sql(`select graphile_worker.add_job('send_email');
         update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'No such host.'`),
  ],
  jobs_waiting: [sql("select graphile_worker.add_job('send_email', run_at => now() - interval '1 hour')")],
  builds_failed: [
    sql("update core.fields set status = 'FAILED', status_reason = 'Two records are the same.' where name = 'industry'"),
    sql(`insert into core.rules (workspace_id, object_id, name, message, expression, status, status_reason)
         select workspace_id, id, 'worth', 'No.', 'true', 'FAILED', 'A record breaks it.' from core.objects where name_singular = 'company' limit 1`),
  ],

  filtered_fields: [
    sql(`set local session_replication_role = replica;
         insert into core.view_filters (workspace_id, view_id, field_id, operand, value)
         select f.workspace_id, v.id, f.id, 'IS', '"Steel"' from core.fields f join core.objects o on o.id = f.object_id
         join core.views v on v.object_id = o.id join core.workspaces w on w.id = f.workspace_id
         where w.subdomain = 'acme' and o.name_singular = 'company' and f.name = 'industry' limit 1`),
    sql(`set local session_replication_role = replica;
         insert into core.view_sorts (workspace_id, view_id, field_id)
         select f.workspace_id, v.id, f.id from core.fields f join core.objects o on o.id = f.object_id
         join core.views v on v.object_id = o.id join core.workspaces w on w.id = f.workspace_id
         where w.subdomain = 'acme' and o.name_singular = 'company' and f.name = 'employees' limit 1`),
  ],
  policy_columns: [sql("create policy p on :w.company as restrictive for select to relata_reader using (industry = 'Steel')")],
  never_analysed: [sql("delete from pg_statistic where starelid = ':w.note'::regclass")],
  whole_reads: [
    kept(`do $$ begin
            perform set_config('enable_indexonlyscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
            for i in 1..120 loop perform count(*) from :w.company; end loop;
          end $$`),
  ],
  unused_indexes: [
    kept(
      "create index stray on :w.note (updated_at)",
      `do $$ declare _id uuid := (select id from :w.note limit 1); begin
         for i in 1..1100 loop perform from :w.note where id = _id; end loop;
       end $$`,
    ),
  ],
  bloat: [kept("update :w.task set title = title || '.'")],
  bloat_measured: [
    kept(
      "create extension pgstattuple schema extensions",
      "insert into :w.opportunity (name) select repeat('x', 1000) from generate_series(1, 9500)",
      "delete from :w.opportunity where length(name) = 1000 and hashtext(id::text) % 10 <> 0",
      "select pg_stat_force_next_flush()",
      "vacuum (analyze) :w.opportunity",
    ),
  ],
};
