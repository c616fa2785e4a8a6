import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { freePort } from './free-port.js';

/** A mail as a mail server got it. */
export interface CaughtMail {
  /** To whom the envelope says that it goes. */
  readonly recipients: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  /** As it came. */
  readonly source: string;
}

/** What the mail server makes of mails. */
export type CatcherMood =
  | 'takes mail'
  /** A passing fault. */
  | 'is busy'
  /** No such mailbox, and there never will be. */
  | 'knows nobody'
  /** It would have somebody log in first. */
  | 'relays nothing'
  /** Reads the mail and says nothing more. */
  | 'is silent'
  /** Reads the mail and hangs up. */
  | 'hangs up';

/** A real mail server that delivers nothing: what it took can be read. */
export class SmtpCatcher {
  mood: CatcherMood = 'takes mail';
  readonly mails: CaughtMail[] = [];
  /** How many mails it has read whole, whatever came of it. */
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

  /** All that went to an address, in whatever case it is written. */
  to(address: string): CaughtMail[] {
    const wanted = address.toLowerCase();
    return this.mails.filter(({ recipients }) => recipients.some((each) => each.toLowerCase() === wanted));
  }

  /** Reads mails, and takes them only when it is released. */
  hold(): void {
    this.released = new Promise((resolve) => (this.resolveReleased = resolve));
  }

  release(): void {
    this.resolveReleased();
  }

  /** Listens again after `close`, at the same port. */
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
    // A client that is gone is no fault of ours.
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
  }

  /** Breaks every connection and refuses new ones. */
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

/** The token that a mail brings, out of its link. */
export function tokenIn({ text }: Pick<CaughtMail, 'text'>): string {
  const token = /#token=([\w-]+)/.exec(text)?.[1];
  if (!token) throw new Error(`no link with a token in the mail:\n${text}`);
  return token;
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
