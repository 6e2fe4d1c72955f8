/** A name server that knows the TXT records of a test (RFC 1035), and nothing else. */
import { createSocket } from "node:dgram";

export type FakeDns = { address: string; records: Map<string, string[]>; asked: string[]; stop(): void };

const TXT = 16;

/** The name in a question, and where it ends. */
function nameIn(message: Buffer): [string, number] {
  const labels: string[] = [];
  let at = 12;
  while (message[at]! > 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + message[at]!));
    at += message[at]! + 1;
  }
  return [labels.join(".").toLowerCase(), at + 1];
}

function answerTo(message: Buffer, texts: string[]): Buffer {
  const [, end] = nameIn(message);
  const head = Buffer.from(message.subarray(0, end + 4));
  head.writeUInt16BE(texts.length ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(texts.length, 6);
  head.writeUInt32BE(0, 8);
  const answers = texts.map((text) => {
    const pieces = (text.match(/.{1,255}/gs) ?? [""]).map((piece) =>
      Buffer.concat([Buffer.of(piece.length), Buffer.from(piece, "latin1")]),
    );
    const data = Buffer.concat(pieces);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(TXT, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, ...answers]);
}

export async function startFakeDns(): Promise<FakeDns> {
  const socket = createSocket("udp4");
  const dns: FakeDns = { address: "", records: new Map(), asked: [], stop: () => socket.close() };
  socket.on("message", (message, { port, address }) => {
    const [name] = nameIn(message);
    dns.asked.push(name);
    socket.send(answerTo(message, dns.records.get(name) ?? []), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  dns.address = `127.0.0.1:${socket.address().port}`;
  return dns;
}
