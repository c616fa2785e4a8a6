import { Module, type DynamicModule } from '@nestjs/common';
import { healthModule } from '@kit/service';
import type { Registry } from 'prom-client';
import { HttpModule } from '../http/http.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { IdentityUpdates } from '../identity/identity-updates.js';
import { SchemaModule } from '../schema/schema.module.js';
import { SupergraphGateway } from '../schema/supergraph-gateway.js';
import { Subgraphs } from '../subgraphs/subgraphs.js';
import { SubgraphsModule } from '../subgraphs/subgraphs.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import type { GatewaySettings } from './gateway-settings.js';
import { SettingsModule } from './settings.module.js';

/** The gateway: one module for each room, and the settings of all rooms. */
@Module({})
export class GatewayModule {
  static with(settings: GatewaySettings, metrics: Registry): DynamicModule {
    return {
      module: GatewayModule,
      imports: [SettingsModule.with(settings, metrics), HttpModule, SubscriptionsModule, health()],
    };
  }
}

/** Ready when the keys and revoked sessions have been fetched, and while all subgraphs of the current supergraph are ready. */
function health(): DynamicModule {
  return healthModule({
    imports: [IdentityModule, SchemaModule, SubgraphsModule],
    inject: [IdentityUpdates, SupergraphGateway, Subgraphs],
    useFactory: (updates: IdentityUpdates, gateway: SupergraphGateway, subgraphs: Subgraphs) => ({
      get checks() {
        const identity = updates.readinessChecks();
        return {
          ...identity,
          ...Object.fromEntries(
            gateway.subgraphs
              .flatMap((name) => subgraphs.get(name) ?? [])
              .filter(({ hasReadyCheck }) => hasReadyCheck)
              .map((subgraph) => [
                // A subgraph may have the name of another check.
                Object.hasOwn(identity, subgraph.name) ? `subgraph ${subgraph.name}` : subgraph.name,
                () => subgraph.checkReady(),
              ]),
          ),
        };
      },
    }),
  });
}
