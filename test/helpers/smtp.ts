/** A real SMTP receiver for tests, with STARTTLS and a password, that can be told to refuse. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

const CERTIFICATE = new URL("localhost.cert.pem", import.meta.url);
const KEY = new URL("localhost.key.pem", import.meta.url);

export const SMTP_USER = "relata";
export const SMTP_PASSWORD = "the relay's own secret";
export const SENDER = "crm@relata.test";

export type Received = { from: string; to: string[]; isEncrypted: boolean; user: string | undefined; source: string; mail: ParsedMail };

/** What the receiver says to a recipient or at the end of a mail, instead of yes. */
export type Refusal = { code: number; text: string };
export type Stage = "RCPT" | "DATA";

export type Receiver = {
  port: number;
  received: Received[];
  /** How often a recipient was named. */
  asked: number;
  /** Asked for each recipient and each mail; undefined takes it. */
  refuse: (recipient: string, at: Stage) => Refusal | undefined;
  /** Awaited at the end of each mail, before it is taken. */
  beforeMail: () => Promise<void>;
  /** Awaited once it is taken, before the "250". */
  beforeAnswer: () => Promise<void>;
  /** The environment of a process that sends to it. */
  env: Record<string, string>;
  close: () => Promise<void>;
};

const refusal = ({ code, text }: Refusal) => Object.assign(new Error(text), { responseCode: code });

export function startReceiver({ hasStartTls = true } = {}): Promise<Receiver> {
  const receiver = {
    received: [],
    asked: 0,
    refuse: () => undefined,
    beforeMail: async () => {},
    beforeAnswer: async () => {},
  } as unknown as Receiver;
  const server = new SMTPServer({
    key: readFileSync(KEY),
    cert: readFileSync(CERTIFICATE),
    authOptional: true,
    closeTimeout: 200,
    ...(!hasStartTls && { disabledCommands: ["STARTTLS"] }),
    onAuth({ username, password }, _session, answer) {
      if (username === SMTP_USER && password === SMTP_PASSWORD) answer(null, { user: username });
      else answer(refusal({ code: 535, text: "5.7.8 no such user" }));
    },
    onRcptTo({ address }, _session, answer) {
      receiver.asked++;
      const refused = receiver.refuse(address, "RCPT");
      answer(refused ? refusal(refused) : null);
    },
    onData(stream, { envelope, secure, user }, answer) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        await receiver.beforeMail();
        const source = Buffer.concat(chunks).toString();
        const to = envelope.rcptTo.map(({ address }) => address);
        const refused = receiver.refuse(to[0]!, "DATA");
        if (refused) return answer(refusal(refused));
        const from = envelope.mailFrom ? envelope.mailFrom.address : "";
        receiver.received.push({ from, to, isEncrypted: secure, user, source, mail: await simpleParser(source) });
        await receiver.beforeAnswer();
        answer(null);
      });
    },
  });
  server.on("error", () => {}); // a client that is killed
  return new Promise((resolve) => {
    const listening = server.listen(0, "127.0.0.1", () => {
      receiver.port = (listening.address() as { port: number }).port;
      receiver.env = {
        EMAIL_DRIVER: "smtp",
        EMAIL_SMTP_HOST: "localhost",
        EMAIL_SMTP_PORT: String(receiver.port),
        EMAIL_SMTP_USER: SMTP_USER,
        EMAIL_SMTP_PASSWORD: SMTP_PASSWORD,
        EMAIL_FROM_ADDRESS: SENDER,
        NODE_EXTRA_CA_CERTS: fileURLToPath(CERTIFICATE),
      };
      receiver.close = () => new Promise<void>((closed) => server.close(() => closed()));
      resolve(receiver);
    });
  });
}
