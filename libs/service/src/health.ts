import { Controller, Get, Inject, Res, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { Public } from '@supergraph/auth-context/decorators';
import type { FastifyReply } from 'fastify';

const CHECK_TIMEOUT_MS = 2_000;
const READINESS = Symbol('readiness checks');

/** What must work before a query can; each check rejects when its part does not. */
export type ReadinessChecks = Record<string, () => Promise<unknown>>;

/** Whether this process is on its way out, so that balancers stop sending work to it. */
export const drain = { started: false };

@Public()
@Controller('health')
class HealthController {
  constructor(@Inject(READINESS) private readonly checks: ReadinessChecks) {}

  /** The process runs. */
  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** A query through this process would succeed now; 503 and the name of what is down otherwise. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const results = await Promise.all(
      Object.entries(this.checks).map(
        async ([name, check]) => [name, (await passes(check)) ? 'up' : 'down'] as const,
      ),
    );
    const ready = !drain.started && results.every(([, state]) => state === 'up');
    void reply.status(ready ? 200 : 503);
    return {
      status: drain.started ? 'draining' : ready ? 'ready' : 'unavailable',
      checks: Object.fromEntries(results),
    };
  }
}

async function passes(check: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), late]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** `/health/live` and `/health/ready` of a service. */
export function healthModule(
  checks: Pick<FactoryProvider<ReadinessChecks>, 'inject' | 'useFactory'>,
): DynamicModule {
  return {
    module: class HealthModule {},
    controllers: [HealthController],
    providers: [{ provide: READINESS, ...checks }],
  };
}
