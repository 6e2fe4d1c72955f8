/** Loaded before a server (`node --import`): SIGUSR2 starts a CPU profile, the next one writes it to BENCH_PROFILE. */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

const SAMPLE_MICROSECONDS = 200;
let session: Session | undefined;

async function start(): Promise<void> {
  session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_MICROSECONDS });
  await session.post("Profiler.start");
}

async function stop(profiled: Session): Promise<void> {
  const { profile } = await profiled.post("Profiler.stop");
  profiled.disconnect();
  writeFileSync(process.env["BENCH_PROFILE"]!, JSON.stringify(profile));
  session = undefined;
}

process.on("SIGUSR2", () => void (session ? stop(session) : start()));
