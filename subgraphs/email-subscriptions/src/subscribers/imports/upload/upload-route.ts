import { allowSlowRequest } from '@kit/service';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FILE_PATH } from '../../file-path.js';
import { ImportUpload } from './import-upload.js';

/** How long an upload may pause, in milliseconds. */
const IDLE_MS = 60_000;

/** Serves `PUT /files/:token`. Its bodies are streams of any type and size. */
@Injectable()
export class UploadRoute implements OnApplicationBootstrap {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly uploads: ImportUpload,
  ) {}

  /** Not earlier: NestJS sets the error handler after the modules, and a scope takes over what is there. */
  async onApplicationBootstrap(): Promise<void> {
    // The program that prints the schema serves nothing.
    const { httpAdapter } = this.adapterHost as Partial<HttpAdapterHost>;
    await httpAdapter?.getInstance<FastifyInstance>().register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _body, done) => done(null));
      scope.put(FILE_PATH, (request, reply) => this.receive(request, reply));
    });
  }

  private async receive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { raw } = request;
    allowSlowRequest(raw);
    raw.setTimeout(IDLE_MS, () => raw.destroy());
    const { 'content-length': length } = request.headers;
    try {
      await this.uploads.store((request.params as { token: string }).token, {
        bytes: raw,
        length: length === undefined ? null : Number(length),
      });
    } catch (error) {
      // The client has left, so nobody reads a response.
      if (raw.errored !== null && raw.errored === error) return reply.hijack();
      // Fastify would wait for the rest of the file.
      if (!raw.complete) void reply.header('connection', 'close');
      throw error;
    }
    return reply.code(204).send();
  }
}
