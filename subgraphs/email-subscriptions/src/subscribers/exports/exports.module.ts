import { Module } from '@nestjs/common';
import { Trimmer } from '../../database/trimmer.js';
import { Erasers } from '../erasure/erasers.js';
import { SubscribersModule } from '../subscribers.module.js';
import { ExportDownloads } from './export-downloads.js';
import { ExportFiles } from './export-files.controller.js';
import { ExportResolver } from './export.resolver.js';
import { EXPIRED_EXPORTS, forgetInFilters, SubscriberExports } from './subscriber-exports.js';

@Module({
  imports: [SubscribersModule],
  controllers: [ExportFiles],
  providers: [ExportDownloads, ExportResolver, SubscriberExports],
})
export class ExportsModule {
  constructor(trimmer: Trimmer, erasers: Erasers) {
    trimmer.register(EXPIRED_EXPORTS);
    erasers.add(forgetInFilters);
  }
}
