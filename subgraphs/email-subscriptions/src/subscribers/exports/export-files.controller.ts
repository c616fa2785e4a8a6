import { Controller, Get, Head, Param, Res } from '@nestjs/common';
import { Public } from '@kit/auth';
import type { FastifyReply } from 'fastify';
import { FILE_PATH } from '../file-path.js';
import { ExportDownloads } from './export-downloads.js';
import { exportNotFound } from './export-errors.js';
import type { ExportFormat } from './export-fields.js';
import { SubscriberExports } from './subscriber-exports.js';

const TYPES: Readonly<Record<ExportFormat, string>> = {
  CSV: 'text/csv; charset=utf-8; header=present',
  NDJSON: 'application/x-ndjson; charset=utf-8',
};

/** Downloads of exports. The gateway sends an anonymous token: the token in the path is the authority. */
@Controller(FILE_PATH)
@Public()
export class ExportFiles {
  constructor(
    private readonly downloads: ExportDownloads,
    private readonly exports: SubscriberExports,
  ) {}

  /** Does not spend the token. Before `download`, whose route would serve HEAD as well. */
  @Head()
  async describe(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const row = await this.exports.find(token);
    if (!row) throw exportNotFound();
    await describe(reply, row.format).send();
  }

  @Get()
  async download(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const { file, row } = await this.downloads.start(token);
    await describe(reply, row.format).send(file);
  }
}

function describe(reply: FastifyReply, format: ExportFormat): FastifyReply {
  const day = new Date().toISOString().slice(0, 10);
  return reply.headers({
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="subscribers-${day}.${format.toLowerCase()}"`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}
