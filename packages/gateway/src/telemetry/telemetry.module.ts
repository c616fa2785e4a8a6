import { Module } from '@nestjs/common';
import { SubscriptionFigures } from './figures.js';

/** The counters of the gateway. */
@Module({ providers: [SubscriptionFigures], exports: [SubscriptionFigures] })
export class TelemetryModule {}
