import { Controller, Get, Inject, Res, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { Public } from '@kit/auth';
import type { FastifyReply } from 'fastify';

const CHECK_TIMEOUT_MS = 2_000;
/** The health check waits for the figures, and has its own timeout. */
const FIGURES_TIMEOUT_MS = 500;
const READINESS = Symbol('readiness');

/** The parts that a query needs. A check rejects when its part does not work. */
export type ReadinessChecks = Record<string, () => Promise<unknown>>;

export interface Readiness {
  readonly checks: ReadinessChecks;
  /** Further information for operators. It does not affect readiness, and is left out when it fails. */
  readonly figures?: () => Promise<Record<string, unknown>>;
}

/** Whether this process is shutting down, so that load balancers stop sending requests to it. */
export const drain = { started: false };

@Public()
@Controller('health')
class HealthController {
  constructor(@Inject(READINESS) private readonly readiness: Readiness) {}

  /** Always succeeds while the process runs. */
  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** 200 when a query would succeed, otherwise 503 with the parts that are down. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { checks, figures } = this.readiness;
    const results = await Promise.all(
      Object.entries(checks).map(
        async ([name, check]) => [name, (await inTime(check, CHECK_TIMEOUT_MS)) ? 'up' : 'down'] as const,
      ),
    );
    const ready = !drain.started && results.every(([, state]) => state === 'up');
    const shown = ready && figures ? await inTime(figures, FIGURES_TIMEOUT_MS) : null;
    void reply.status(ready ? 200 : 503);
    return {
      status: drain.started ? 'draining' : ready ? 'ready' : 'unavailable',
      checks: Object.fromEntries(results),
      ...shown?.value,
    };
  }
}

/**
 * When the process was busy, the timer runs before Node reads the responses that have arrived. So Node reads once more
 * before the work counts as too late.
 * @returns null when `work` fails or takes too long
 */
async function inTime<T>(work: () => Promise<T>, ms: number): Promise<{ readonly value: T } | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new Error('timed out'))), ms);
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
