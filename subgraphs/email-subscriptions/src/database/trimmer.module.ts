import { Global, Module } from '@nestjs/common';
import { Trimmer } from './trimmer.js';

/** Lets every module register the obsolete rows of its tables. */
@Global()
@Module({ providers: [Trimmer], exports: [Trimmer] })
export class TrimmerModule {}
