import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { readSettings } from './settings.js';

/** In bytes. A subscriber needs less, and a message may have up to 16,384 characters. */
const LARGEST_BODY = 4_096;

try {
  const settings = readSettings(process.env);
  const fastify = new FastifyAdapter({ bodyLimit: LARGEST_BODY, genReqId: () => randomUUID() });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(settings), fastify, {
    abortOnError: false,
  });
  app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
  await app.listen(settings.port, settings.host);
  Logger.log(`listening on http://${settings.host}:${settings.port}/subscribers`, 'monolith');
} catch (error) {
  console.error(`monolith: ${(error as Error).message}`);
  process.exit(1);
}
