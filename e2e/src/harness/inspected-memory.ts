import { once } from 'node:events';
import { WebSocket } from 'ws';
import { eventually } from './eventually.js';

const SAMPLES = 5;

/** What a process holds, in bytes. */
export interface Memory {
  /** What is reachable, inside the JavaScript heap and outside. */
  readonly live: number;
  /** What the system has given to it. */
  readonly resident: number;
}

/**
 * The memory of a Node.js process with all garbage collected, by way of its inspector (Chrome DevTools Protocol):
 * without that, what a collector has not come to yet hides a leak, or looks like one.
 */
export class InspectedMemory {
  private calls = 0;

  private constructor(private readonly socket: WebSocket) {}

  /** What a process has to be started with. */
  static environment(port: number): { NODE_OPTIONS: string } {
    return { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` };
  }

  static async attach(port: number): Promise<InspectedMemory> {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`);
    const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
    const socket = new WebSocket(target!.webSocketDebuggerUrl);
    await once(socket, 'open');
    return new InspectedMemory(socket);
  }

  /** The least of some measurements, so that what is just under way in a busy process does not count. */
  async least(): Promise<Memory> {
    const samples: Memory[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) samples.push(await this.measure());
    const least = (of: keyof Memory) => Math.min(...samples.map((memory) => memory[of]));
    return { live: least('live'), resident: least('resident') };
  }

  /** What a piece of JavaScript that yields a text says there. */
  async evaluate(expression: string): Promise<string> {
    const { result } = (await this.call('Runtime.evaluate', { expression })) as {
      result: { value: string };
    };
    return result.value;
  }

  close(): void {
    this.socket.terminate();
  }

  private async measure(): Promise<Memory> {
    await this.call('HeapProfiler.collectGarbage');
    const usage = JSON.parse(
      await this.evaluate('JSON.stringify(process.memoryUsage())'),
    ) as NodeJS.MemoryUsage;
    return { live: usage.heapUsed + usage.external, resident: usage.rss };
  }

  private async call(method: string, params: object = {}): Promise<unknown> {
    const id = (this.calls += 1);
    let answer: { result: unknown } | undefined;
    const listen = (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { id?: number; result: unknown };
      if (message.id === id) answer = message;
    };
    this.socket.on('message', listen);
    this.socket.send(JSON.stringify({ id, method, params }));
    await eventually(
      () => answer !== undefined,
      (answered) => answered,
    );
    this.socket.off('message', listen);
    return answer!.result;
  }
}
