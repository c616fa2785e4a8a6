import { Module } from '@nestjs/common';
import { Trimmer } from '../../database/trimmer.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { ExportDownloads } from './export-downloads.js';
import { ExportFiles } from './export-files.controller.js';
import { ExportResolver } from './export.resolver.js';
import { EXPIRED_EXPORTS, SubscriberExports } from './subscriber-exports.js';

@Module({
  controllers: [ExportFiles],
  providers: [ExportDownloads, ExportResolver, SubscriberExports, SubscriberKeys],
})
export class ExportsModule {
  constructor(trimmer: Trimmer) {
    trimmer.register(EXPIRED_EXPORTS);
  }
}
