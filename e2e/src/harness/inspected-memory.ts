import { once } from 'node:events';
import { WebSocket } from 'ws';
import { eventually } from './eventually.js';

const SAMPLES = 5;

/** The memory of a process, in bytes. */
export interface Memory {
  /** Reachable memory, inside and outside the JavaScript heap. */
  readonly live: number;
  /** The resident set size. */
  readonly resident: number;
}

/**
 * Measures a Node.js process after a full garbage collection, through its inspector (Chrome DevTools Protocol).
 */
export class InspectedMemory {
  private calls = 0;

  private constructor(private readonly socket: WebSocket) {}

  /** The environment that opens the inspector of a process. */
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

  /** The minimum of several measurements, which excludes short-lived objects of a busy process. */
  async least(): Promise<Memory> {
    const samples: Memory[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) samples.push(await this.measure());
    const least = (of: keyof Memory) => Math.min(...samples.map((memory) => memory[of]));
    return { live: least('live'), resident: least('resident') };
  }

  /** Evaluates JavaScript that returns a string. */
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
    let response: { result: unknown } | undefined;
    const listen = (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { id?: number; result: unknown };
      if (message.id === id) response = message;
    };
    this.socket.on('message', listen);
    this.socket.send(JSON.stringify({ id, method, params }));
    await eventually(() => response !== undefined, Boolean);
    this.socket.off('message', listen);
    return response!.result;
  }
}
