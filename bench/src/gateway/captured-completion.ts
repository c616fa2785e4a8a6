import { repositoryRoot } from '@supergraph/tools/repository';
import { repeat } from '../load.js';

const RUNS = 4_000;
/** As many as a room completes at a time. */
const AT_ONCE = 8;

interface Request {
  readonly context: object;
}

/** The parts of the gateway package that complete an event and call a subgraph. */
interface Internals {
  SupergraphGateway: {
    prototype: {
      complete: (plan: unknown, request: Request, event: unknown) => Promise<{ errors?: unknown }>;
    };
  };
  SubgraphClient: {
    prototype: { post: (...request: unknown[]) => Promise<{ status: number; body: unknown }> };
  };
}

let again: (() => Promise<void>) | undefined;

/** Keeps the arguments of completions in this process from now on, so that the last one can be repeated. */
export async function captureCompletion(): Promise<number> {
  const { prototype } = await load('SupergraphGateway', 'schema/supergraph-gateway.js');
  const complete = prototype.complete;
  prototype.complete = function (plan, request, event) {
    const text = JSON.stringify(event);
    const context = { ...request.context };
    again = async () => {
      // With a context of its own, as in a room: the time limit of an event is in it.
      const own = { ...request, context: { ...context } };
      // Parsed each time, as events arrive: a completion may write into its event.
      const { errors } = await complete.call(this, plan, own, JSON.parse(text));
      if (errors) throw new Error(JSON.stringify(errors));
    };
    return complete.call(this, plan, request, event);
  };
  return 0;
}

/** CPU time in milliseconds to complete the event once, after as many completions to warm up. */
export async function completionCpuMs(): Promise<number> {
  const complete = again;
  if (!complete) throw new Error('no event was completed');
  await repeat(RUNS, AT_ONCE, complete);
  const before = process.cpuUsage();
  await repeat(RUNS, AT_ONCE, complete);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / RUNS;
}

/** The same with the response of the other subgraph kept as text, without the requests. */
export async function recordedCompletionCpuMs(): Promise<number> {
  const { prototype } = await load('SubgraphClient', 'subgraphs/subgraph-client.js');
  const post = prototype.post;
  let response: { status: number; text: string } | undefined;
  prototype.post = async function (...request) {
    if (response) return { status: response.status, body: JSON.parse(response.text) };
    const { status, body } = await post.apply(this, request);
    response = { status, text: JSON.stringify(body) };
    return { status, body };
  };
  try {
    await again?.();
    return await completionCpuMs();
  } finally {
    prototype.post = post;
  }
}

/** A class that the package does not export. */
async function load<Name extends keyof Internals>(name: Name, file: string): Promise<Internals[Name]> {
  const { href } = new URL(`file://${repositoryRoot}/packages/gateway/dist/${file}`);
  return ((await import(href)) as Internals)[name];
}
