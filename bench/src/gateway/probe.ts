import { createServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { captureCompletion, completionCpuMs, recordedCompletionCpuMs } from './captured-completion.js';

/** Loaded into the gateway process before its program, to measure inside it. Serves its measurements at `PROBE_PORT`. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const MEBIBYTE = 2 ** 20;

const measurements: Readonly<Record<string, () => Promise<number>>> = {
  /** MiB in use after all garbage is collected. */
  async '/memory'() {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / MEBIBYTE;
  },
  '/capture': captureCompletion,
  '/completion': completionCpuMs,
  '/recorded-completion': recordedCompletionCpuMs,
};

if (isMainThread) {
  const server = createServer((request, response) => {
    const measured = measurements[request.url ?? '']?.() ?? Promise.reject(new Error(`no ${request.url}`));
    measured.then(
      (value) => response.end(String(value)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(Number(process.env.PROBE_PORT), '127.0.0.1').unref();
}
