import { Module } from '@nestjs/common';
import { SubscriptionFigures } from './figures.js';

/** What the gateway counts. */
@Module({ providers: [SubscriptionFigures], exports: [SubscriptionFigures] })
export class TelemetryModule {}
