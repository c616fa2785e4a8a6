import { Module, type DynamicModule, type ValueProvider } from '@nestjs/common';
import { LOGGER, METRICS } from '@kit/service';
import type { Registry } from 'prom-client';
import { EDGE_SETTINGS } from '../edge/edge.module.js';
import { HTTP_SETTINGS } from '../http/http.module.js';
import { IDENTITY_SETTINGS } from '../identity/identity.module.js';
import { OPERATION_SETTINGS } from '../operation/operation.module.js';
import { SCHEMA_SETTINGS } from '../schema/schema.module.js';
import { SUBGRAPHS_SETTINGS } from '../subgraphs/subgraphs.module.js';
import { SUBSCRIPTIONS_SETTINGS } from '../subscriptions/subscriptions.module.js';
import type { GatewaySettings } from './gateway-settings.js';

/** Gives each room its settings. */
@Module({})
export class SettingsModule {
  static with(settings: GatewaySettings, metrics: Registry): DynamicModule {
    const providers: ValueProvider[] = [
      { provide: LOGGER, useValue: settings.logger },
      { provide: METRICS, useValue: metrics },
      { provide: EDGE_SETTINGS, useValue: settings.edge },
      { provide: HTTP_SETTINGS, useValue: settings.http },
      { provide: IDENTITY_SETTINGS, useValue: settings.identity },
      { provide: OPERATION_SETTINGS, useValue: settings.operation },
      { provide: SCHEMA_SETTINGS, useValue: settings.schema },
      { provide: SUBGRAPHS_SETTINGS, useValue: settings.subgraphs },
      { provide: SUBSCRIPTIONS_SETTINGS, useValue: settings.subscriptions },
    ];
    return {
      module: SettingsModule,
      global: true,
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
