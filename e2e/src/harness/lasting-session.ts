import { logIn, newPerson, type Person } from './people.js';

const RETRY_MS = 250;

export interface LastingSessionOptions {
  /** A gateway's address, asked for each time. */
  readonly url: () => string;
  readonly displayName: string;
  /** For how long an access token is good, in seconds, as the users subgraph is told. */
  readonly tokenSeconds: number;
}

/** Somebody who stays logged in, by another access token when half of the last one's life is over. */
export class LastingSession {
  private token: string;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  private constructor(
    private readonly person: Person,
    private readonly options: LastingSessionOptions,
  ) {
    this.token = person.accessToken;
    this.renewAfter(this.halfLifeMs);
  }

  /** Registers somebody new and logs them in. */
  static async open(options: LastingSessionOptions): Promise<LastingSession> {
    return new LastingSession(await newPerson(options.url(), options.displayName), options);
  }

  get userId(): string {
    return this.person.userId;
  }

  get displayName(): string {
    return this.person.displayName;
  }

  get accessToken(): string {
    return this.token;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private get halfLifeMs(): number {
    return this.options.tokenSeconds * 500;
  }

  private renewAfter(ms: number): void {
    if (!this.closed) this.timer = setTimeout(() => void this.renew(), ms);
  }

  private async renew(): Promise<void> {
    try {
      this.token = (await logIn(this.options.url(), this.person.email)).accessToken;
      this.renewAfter(this.halfLifeMs);
    } catch {
      this.renewAfter(RETRY_MS);
    }
  }
}
