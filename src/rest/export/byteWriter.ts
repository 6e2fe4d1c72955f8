/** Writes bytes into buffers of one size, and hands each on when it is full. */

/** As much as goes to the socket at once. */
const SIZE = 65_536;
/** Of this kind of buffer so many are kept to be used again. */
const SPARE = 8;

export class ByteWriter {
  buffer: Buffer = Buffer.allocUnsafeSlow(SIZE);
  /** Where the next byte goes; whoever writes there has asked for `room`. */
  at = 0;
  readonly #take: (filled: Buffer, done: () => void) => void;
  readonly #spare: Buffer[] = [];

  /** `take` gets what is written, and says when it has no more use for it. */
  constructor(take: (filled: Buffer, done: () => void) => void) {
    this.#take = take;
  }

  /** Makes room for so many bytes. */
  room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    this.flush();
    if (bytes > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(bytes);
  }

  flush(): void {
    if (!this.at) return;
    const { buffer } = this;
    const filled = buffer.subarray(0, this.at);
    this.at = 0;
    this.buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(SIZE);
    this.#take(filled, () => {
      if (buffer.length === SIZE && this.#spare.length < SPARE) this.#spare.push(buffer);
    });
  }

  /** Bytes as they are. */
  copy(source: Buffer, start = 0, end = source.length): void {
    const length = end - start;
    this.room(length);
    if (length > 100) source.copy(this.buffer, this.at, start, end);
    else for (let i = start, to = this.at, { buffer } = this; i < end; ) buffer[to++] = source[i++]!;
    this.at += length;
  }

  text(text: string): void {
    // No character of UTF-16 takes more than three bytes of UTF-8.
    this.room(text.length * 3);
    this.at += this.buffer.write(text, this.at);
  }

  byte(byte: number): void {
    this.room(1);
    this.buffer[this.at++] = byte;
  }
}
