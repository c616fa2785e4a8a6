import type { ApolloServer } from '@apollo/server';
import { Injectable } from '@nestjs/common';
import { AbstractGraphQLDriver, type GqlModuleOptions } from '@nestjs/graphql';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpTransports } from './http-transports.js';
import type { RequestContext } from '../request/request-context.js';
import { counted } from '../edge/counted.js';
import type { Load } from '../edge/load.js';
import { httpHandler } from './http-handler.js';

export interface SupergraphDriverOptions extends GqlModuleOptions {
  readonly path: string;
  readonly server: ApolloServer<RequestContext>;
  readonly context: (request: FastifyRequest) => Promise<RequestContext>;
  readonly transports: HttpTransports;
  readonly load: Load;
}

/**
 * Serves Apollo Server with our gateway from NestJS on Fastify. NestJS's `ApolloGatewayDriver` creates both itself,
 * so it cannot use another gateway, and subscriptions could not reach the server.
 */
@Injectable()
export class SupergraphDriver extends AbstractGraphQLDriver<SupergraphDriverOptions> {
  private server: ApolloServer<RequestContext> | undefined;

  override async start({ path, server, context, transports, load }: SupergraphDriverOptions): Promise<void> {
    this.server = server;
    await server.start();
    this.fastify.route({
      url: path,
      method: ['GET', 'POST'],
      handler: counted(load, httpHandler(server, context, transports)),
    });
  }

  /** Closes the HTTP server first, so that pending requests are completed. */
  override async stop(): Promise<void> {
    await this.fastify.close();
    await this.server?.stop();
  }

  /** The schema comes from the supergraph, not from resolvers. */
  override generateSchema(): null {
    return null;
  }

  private get fastify(): FastifyInstance {
    return this.httpAdapterHost.httpAdapter.getInstance<FastifyInstance>();
  }
}
