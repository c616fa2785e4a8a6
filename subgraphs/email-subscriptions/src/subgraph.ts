import { EventLogHealth, EventLogModule } from '@kit/event-log';
import { MailModule } from '@kit/mail';
import { defineSubgraph } from '@kit/subgraph';
import { variables } from './config.js';
import { RELAY_LOCK } from './database/advisory-locks.js';
import { database } from './database/database.js';
import { Trimmer } from './database/trimmer.js';
import { TrimmerModule } from './database/trimmer.module.js';
import { subscriberMail } from './mail/subscriber-mail.js';
import { ExportsModule } from './subscribers/exports/exports.module.js';
import { FILE_PATH } from './subscribers/file-path.js';
import { CURSOR_SCOPE } from './subscribers/stream/subscriber-stream.js';
import { SignUpWorker } from './subscribers/signup/sign-up-worker.js';
import { ImportRetention } from './subscribers/imports/import-retention.js';
import { ImportWorker } from './subscribers/imports/import-worker.js';
import { ImportsModule } from './subscribers/imports/imports.module.js';
import { SubscribersModule } from './subscribers/subscribers.module.js';
import { TagCounting } from './subscribers/tags/tag-counting.js';
import { MessageListener } from './tcp/message-listener.js';
import { tcpOptions } from './tcp/tcp-config.js';
import { TcpModule } from './tcp/tcp.module.js';

export const subgraph = defineSubgraph({
  database,
  port: 4002,
  variables,
  modules: (config) => [
    EventLogModule.with({
      retentionHours: config.EVENT_LOG_RETENTION_HOURS,
      cursorScope: CURSOR_SCOPE,
      relayLockKey: RELAY_LOCK,
    }),
    TrimmerModule,
    SubscribersModule,
    ImportsModule,
    ExportsModule,
    TcpModule.with(tcpOptions(config, database.name)),
    subscriberMail(config),
  ],
  gatewayPaths: [FILE_PATH],
  health: (get, { TCP_PORT }) => ({
    checks: {
      ...(TCP_PORT !== undefined && { tcp: async () => get(MessageListener).requireListening() }),
    },
    figures: async () => ({ eventStream: await get(EventLogHealth).now() }),
  }),
  start: async (app) => {
    await app.get(EventLogModule).start();
    app.get(MailModule).start();
    app.get(Trimmer).start();
    app.get(SignUpWorker, { strict: false }).start();
    app.get(TagCounting, { strict: false }).start();
    app.get(ImportWorker, { strict: false }).start();
    app.get(ImportRetention, { strict: false }).start();
    await app.get(MessageListener).listen(app);
  },
});
