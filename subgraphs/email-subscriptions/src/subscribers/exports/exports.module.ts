import { Module } from '@nestjs/common';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { ExportDownloads } from './export-downloads.js';
import { ExportFiles } from './export-files.controller.js';
import { ExportResolver } from './export.resolver.js';
import { SubscriberExports } from './subscriber-exports.js';

@Module({
  controllers: [ExportFiles],
  providers: [ExportDownloads, ExportResolver, SubscriberExports, SubscriberKeys],
})
export class ExportsModule {}
