import { EventLogHealth, EventLogModule } from '@kit/event-log';
import { defineSubgraph } from '@kit/subgraph';
import { variables } from './config.js';
import { database } from './database/database.js';
import { $ItemsModule } from './$name/$name.module.js';

export const subgraph = defineSubgraph({
  database,
  port: $PORT,
  variables,
  modules: ({ EVENT_LOG_RETENTION_HOURS }) => [
    EventLogModule.with({ retentionHours: EVENT_LOG_RETENTION_HOURS }),
    $ItemsModule,
  ],
  health: (get) => ({ figures: async () => ({ eventStream: await get(EventLogHealth).now() }) }),
  start: (app) => app.get(EventLogModule).start(),
});
