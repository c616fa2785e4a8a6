import { defineSubgraph } from '@kit/subgraph';
import { variables } from './config.js';
import { database } from './database/database.js';
import { EventLogModule } from './event-log/event-log.module.js';
import { StreamFigures } from './subscribers/stream/stream-figures.js';
import { SubscriberStream } from './subscribers/stream/subscriber-stream.js';
import { SubscribersModule } from './subscribers/subscribers.module.js';
import { MessageListener } from './tcp/message-listener.js';
import { tcpOptions } from './tcp/tcp-config.js';
import { TcpModule } from './tcp/tcp.module.js';

export const subgraph = defineSubgraph({
  database,
  port: 4002,
  variables,
  modules: (config) => [
    EventLogModule.with(config),
    SubscribersModule,
    TcpModule.with(tcpOptions(config, database.name)),
  ],
  health: (get, { TCP_PORT }) => ({
    checks: {
      ...(TCP_PORT !== undefined && { tcp: async () => get(MessageListener).requireListening() }),
    },
    figures: async () => ({ eventStream: await get(StreamFigures).now() }),
  }),
  start: async (app) => {
    app.get(EventLogModule).start();
    await app.get(SubscriberStream).start();
    await app.get(MessageListener).listen(app);
  },
});
