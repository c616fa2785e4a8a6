import { Module } from '@nestjs/common';
import { Trimmer } from './trimmer.js';

@Module({ providers: [Trimmer] })
export class MaintenanceModule {}
