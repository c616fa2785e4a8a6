import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';

const BETWEEN_MS = 20;

/** Asks a service again and again whether it is ready, and notes how long each answer took, in milliseconds. */
export class ReadinessWatch {
  private readonly client: Client;
  private readonly times: number[] = [];
  private readonly watching: Promise<void>;
  private isOver = false;

  constructor(url: string) {
    this.client = new Client(new URL(url).origin);
    this.watching = this.watch();
    this.watching.catch(() => undefined);
  }

  /** @throws when an answer was not 200 */
  async stop(): Promise<Float64Array> {
    this.isOver = true;
    await this.watching;
    await this.client.close();
    return Float64Array.from(this.times).sort();
  }

  private async watch(): Promise<void> {
    while (!this.isOver) {
      const from = performance.now();
      const { statusCode, body } = await this.client.request({ method: 'GET', path: '/health/ready' });
      await body.dump();
      if (statusCode !== 200) throw new Error(`not ready: ${statusCode}`);
      this.times.push(performance.now() - from);
      await delay(BETWEEN_MS);
    }
  }
}
