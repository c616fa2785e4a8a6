import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { NestMicroservice } from '@nestjs/microservices/nest-microservice.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthGuard } from '@kit/auth';
import { LOGGER, METRICS, StartUpError } from '@kit/service';
import { Reflector } from '@nestjs/core';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { MessageMetrics } from './message-metrics.js';
import { MessageServer } from './message-server.js';
import { MessageErrorFilter } from './message-error.filter.js';
import { callerVerifier } from './tcp-callers.js';
import type { MessageListenerOptions } from './tcp-config.js';
import { TrustedCallerGuard } from './trusted-caller.guard.js';

/** Injects the `MessageListenerOptions`, or undefined. */
export const TCP_OPTIONS = Symbol('TCP options');

/** Listens for messages of NestJS applications, with NestJS's TCP transport, in the process of the subgraph. */
@Injectable()
export class MessageListener implements OnModuleDestroy {
  private server: MessageServer | undefined;

  constructor(
    private readonly reflector: Reflector,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) private readonly metrics: Registry,
    @Inject(TCP_OPTIONS) private readonly options: MessageListenerOptions | undefined,
  ) {}

  /** Undefined while nothing listens. */
  get port(): number | undefined {
    return this.server?.address?.port;
  }

  /** @throws Error while it does not listen */
  requireListening(): void {
    if (!this.server?.isListening) throw new Error('not listening for TCP messages');
  }

  /**
   * Call it once, when all modules are initialized. It does nothing without options.
   * @throws StartUpError that names the variable to set
   */
  async listen(app: NestFastifyApplication): Promise<void> {
    const { logger, options } = this;
    if (!options) return;
    const { host, port, tls, callers, audience } = options;
    const metrics = new MessageMetrics(this.metrics);
    const server = new MessageServer({ host, port, tls, logger, metrics });
    // It does not inherit the guards and filters of HTTP. Its own must be set before `listen` registers the handlers.
    const microservice = app.connectMicroservice(
      { strategy: server },
      { deferInitialization: true },
    ) as NestMicroservice;
    // Otherwise it would initialize all modules again.
    microservice.setIsInitHookCalled(true);
    microservice.useGlobalGuards(
      new TrustedCallerGuard(callerVerifier(audience, callers)),
      new AuthGuard(this.reflector),
    );
    microservice.useGlobalFilters(new MessageErrorFilter(logger));
    try {
      await microservice.listen();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new StartUpError(
        code === 'EADDRINUSE'
          ? `port ${port} of ${host}, for TCP messages, is in use: set TCP_PORT to a free one`
          : `cannot listen on ${host}:${port} for TCP messages (TCP_PORT): ${code ?? message}`,
      );
    }
    this.server = server;
    logger.info({ address: server.address }, 'listening for TCP messages');
  }

  /** In the first shutdown phase, because Apollo Server, which stops next, waits for all HTTP requests. */
  async onModuleDestroy(): Promise<void> {
    await this.server?.drain();
  }
}
