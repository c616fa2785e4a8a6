import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { freePort } from './free-port.js';

/** A mail as the server received it. */
export interface CaughtMail {
  /** The recipients in the envelope. */
  readonly recipients: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  /** The raw message. */
  readonly source: string;
}

/** The server's reaction to a mail. */
export type CatcherMood =
  | 'takes mail'
  /** A temporary error. */
  | 'is busy'
  /** A permanent error: no such mailbox. */
  | 'knows nobody'
  /** A permanent error: relaying denied. */
  | 'relays nothing'
  /** Reads the mail and does not respond. */
  | 'is silent'
  /** Reads the mail and closes the connection. */
  | 'hangs up';

/** A mail server that stores mails for tests instead of delivering them. */
export class SmtpCatcher {
  mood: CatcherMood = 'takes mail';
  readonly mails: CaughtMail[] = [];
  /** How many mails it has read completely, accepted or not. */
  read = 0;
  private server: SMTPServer | undefined;
  private released: Promise<void> = Promise.resolve();
  private resolveReleased: () => void = () => undefined;

  private constructor(readonly port: number) {}

  static async start(): Promise<SmtpCatcher> {
    const catcher = new SmtpCatcher(await freePort());
    await catcher.listen();
    return catcher;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** All mails to an address, in any case. */
  to(address: string): CaughtMail[] {
    const wanted = address.toLowerCase();
    return this.mails.filter(({ recipients }) => recipients.some((each) => each.toLowerCase() === wanted));
  }

  /** From now on, mails are accepted after `release`. */
  hold(): void {
    this.released = new Promise((resolve) => (this.resolveReleased = resolve));
  }

  release(): void {
    this.resolveReleased();
  }

  /** Listens on the same port, also after `close`. */
  async listen(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 1,
      onRcptTo: (_address, _session, done) => {
        if (this.mood === 'is busy') return done(refusal(451, 'try again later'));
        if (this.mood === 'relays nothing') return done(refusal(550, '5.7.1 relaying denied'));
        if (this.mood === 'knows nobody') return done(refusal(550, 'no such mailbox'));
        done();
      },
      onData: (stream, { envelope }, done) => {
        const recipients = envelope.rcptTo.map(({ address }) => address);
        void this.readMessage(stream, recipients, done);
      },
    });
    // Clients may disconnect.
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
  }

  /** Closes all connections and stops listening. */
  async close(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => server.close(resolve));
  }

  private async readMessage(
    stream: Readable,
    recipients: string[],
    done: (error?: Error) => void,
  ): Promise<void> {
    const source = await buffer(stream);
    this.read += 1;
    if (this.mood === 'hangs up') this.hangUp();
    if (this.mood !== 'takes mail') return;
    await this.released;
    const { from, to, subject, text, messageId } = await simpleParser(source);
    this.mails.push({
      recipients,
      from: from?.text ?? '',
      to: [to]
        .flat()
        .map((each) => each?.text ?? '')
        .join(', '),
      subject: subject ?? '',
      text: text ?? '',
      messageId: messageId ?? '',
      source: source.toString(),
    });
    done();
  }

  private hangUp(): void {
    for (const connection of this.server?.connections ?? []) {
      (connection as { close(): void }).close();
    }
  }
}

/** The token in the link of a mail. */
export function tokenIn({ text }: Pick<CaughtMail, 'text'>): string {
  const token = /#token=([\w-]+)/.exec(text)?.[1];
  if (!token) throw new Error(`no link with a token in the mail:\n${text}`);
  return token;
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
