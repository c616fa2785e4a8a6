import { repositoryRoot } from '@supergraph/tools/repository';

const RUNS = 2_000;

/** The completion of an event, as the gateway package has it inside. */
type Complete = (plan: unknown, request: unknown, event: unknown) => Promise<{ errors?: unknown }>;

let again: (() => Promise<void>) | undefined;

/** Keeps the arguments of completions in this process from now on, so that the last one can be repeated. */
export async function captureCompletion(): Promise<number> {
  const { href } = new URL(`file://${repositoryRoot}/packages/gateway/dist/schema/supergraph-gateway.js`);
  const { SupergraphGateway } = (await import(href)) as {
    SupergraphGateway: { prototype: { complete: Complete } };
  };
  const { complete } = SupergraphGateway.prototype;
  SupergraphGateway.prototype.complete = function (this: unknown, plan, request, event) {
    const text = JSON.stringify(event);
    again = async () => {
      // Parsed each time, as events arrive: a completion may write into its event.
      const { errors } = await complete.call(this, plan, request, JSON.parse(text));
      if (errors) throw new Error(JSON.stringify(errors));
    };
    return complete.call(this, plan, request, event);
  };
  return 0;
}

/** CPU time in milliseconds to complete the event once, after as many completions to warm up. */
export async function completionCpuMs(): Promise<number> {
  if (!again) throw new Error('no event was completed');
  for (let n = 0; n < RUNS; n += 1) await again();
  const before = process.cpuUsage();
  for (let n = 0; n < RUNS; n += 1) await again();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / RUNS;
}
