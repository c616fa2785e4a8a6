import { Controller, Get, Inject, Res, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { Public } from '@supergraph/auth-context/decorators';
import type { FastifyReply } from 'fastify';

const CHECK_TIMEOUT_MS = 2_000;
/** Whoever asks waits for the figures, too, and has a timeout of their own. */
const FIGURES_TIMEOUT_MS = 500;
const READINESS = Symbol('readiness');

/** What must work before a query can; each check rejects when its part does not. */
export type ReadinessChecks = Record<string, () => Promise<unknown>>;

export interface Readiness {
  readonly checks: ReadinessChecks;
  /** What an operator wants to see besides; it decides nothing, and is left out when it cannot be told. */
  readonly figures?: () => Promise<Record<string, unknown>>;
}

/** Whether this process is on its way out, so that balancers stop sending work to it. */
export const drain = { started: false };

@Public()
@Controller('health')
class HealthController {
  constructor(@Inject(READINESS) private readonly readiness: Readiness) {}

  /** The process runs. */
  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** A query through this process would succeed now; 503 and the name of what is down otherwise. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { checks, figures } = this.readiness;
    const results = await Promise.all(
      Object.entries(checks).map(
        async ([name, check]) => [name, (await inTime(check, CHECK_TIMEOUT_MS)) ? 'up' : 'down'] as const,
      ),
    );
    const ready = !drain.started && results.every(([, state]) => state === 'up');
    const told = ready && figures ? await inTime(figures, FIGURES_TIMEOUT_MS) : null;
    void reply.status(ready ? 200 : 503);
    return {
      status: drain.started ? 'draining' : ready ? 'ready' : 'unavailable',
      checks: Object.fromEntries(results),
      ...told?.value,
    };
  }
}

/** @returns null when it fails, or takes too long */
async function inTime<T>(work: () => Promise<T>, ms: number): Promise<{ readonly value: T } | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), ms);
  });
  try {
    return { value: await Promise.race([work(), late]) };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** `/health/live` and `/health/ready` of a service. */
export function healthModule({
  imports,
  inject,
  useFactory,
}: Pick<FactoryProvider<Readiness>, 'inject' | 'useFactory'> &
  Pick<DynamicModule, 'imports'>): DynamicModule {
  return {
    module: class HealthModule {},
    imports: imports ?? [],
    controllers: [HealthController],
    providers: [{ provide: READINESS, inject: inject ?? [], useFactory }],
  };
}
