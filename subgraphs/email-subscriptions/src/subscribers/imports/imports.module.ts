import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SubscribersModule } from '../subscribers.module.js';
import { ImportErasure } from './import-erasure.js';
import { ImportLease } from './import-lease.js';
import { ImportReading } from './reading/import-reading.js';
import { ImportRetention } from './import-retention.js';
import { ImportRun } from './import-run.js';
import { ImportWorker } from './import-worker.js';
import { ImportEntity } from './import.entity.js';
import { ImportList } from './import-list.js';
import { ImportProgress } from './import-progress.js';
import { Imports } from './imports.js';
import { ImportsResolver } from './graphql/imports.resolver.js';
import { RejectedRowEntity } from './rejected-row.entity.js';
import { RejectedRows } from './rejected-rows.js';
import { SubscriberImportResolver } from './graphql/subscriber-import.resolver.js';
import { ImportUpload } from './upload/import-upload.js';
import { UploadRoute } from './upload/upload-route.js';
import { Additions } from './writing/additions.js';
import { BatchWriter } from './writing/batch-writer.js';
import { Changes } from './writing/changes.js';
import { DryRun } from './writing/dry-run.js';

/** Imports of CSV files. */
@Module({
  imports: [TypeOrmModule.forFeature([ImportEntity, RejectedRowEntity]), SubscribersModule],
  providers: [
    Additions,
    BatchWriter,
    Changes,
    DryRun,
    ImportErasure,
    ImportLease,
    ImportList,
    ImportProgress,
    ImportReading,
    ImportRetention,
    ImportRun,
    Imports,
    ImportsResolver,
    ImportUpload,
    ImportWorker,
    RejectedRows,
    SubscriberImportResolver,
    UploadRoute,
  ],
})
export class ImportsModule {}
