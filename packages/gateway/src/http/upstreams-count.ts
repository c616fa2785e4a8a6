import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { Operations } from '../subscriptions/operations.js';

/** Serves the number of open upstream subscriptions, for developers and leak checks. Not used in production. */
export class UpstreamsCount implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly operations: Operations,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    fastify.get('/live/upstreams', async () => String(this.operations.activeUpstreams));
  }
}
