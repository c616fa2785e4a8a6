import { EventLogHealth, EventLogModule } from '@kit/event-log';
import { MailModule } from '@kit/mail';
import { defineSubgraph } from '@kit/subgraph';
import { AccountsModule } from './accounts/accounts.module.js';
import { faults, variables } from './config.js';
import { database } from './database/database.js';
import { KeysModule } from './keys/keys.module.js';
import { SigningKeys } from './keys/signing-keys.service.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { Trimmer } from './maintenance/trimmer.js';
import { FirstOwner } from './people/first-owner.js';
import { PeopleModule } from './people/people.module.js';
import { RecoveryModule } from './recovery/recovery.module.js';
import { REVOKED_SESSIONS_PATH } from './sessions/revoked-sessions.controller.js';
import { SessionsModule } from './sessions/sessions.module.js';

export const subgraph = defineSubgraph({
  database,
  port: 4001,
  variables,
  faults,
  // A new secret invalidates cursors, which is acceptable since lists here are short.
  cursorSecret: ({ SIGNING_KEY_SECRET }) => SIGNING_KEY_SECRET,
  modules: () => [
    EventLogModule.with(),
    AccountsModule,
    KeysModule,
    MaintenanceModule,
    RecoveryModule,
    SessionsModule,
    PeopleModule,
  ],
  polledPaths: [REVOKED_SESSIONS_PATH],
  health: (get) => ({ figures: async () => ({ eventStream: await get(EventLogHealth).now() }) }),
  start: async (app) => {
    await app.get(EventLogModule).start();
    await app.get(SigningKeys).load();
    await app.get(FirstOwner).make();
    app.get(Trimmer).start();
    app.get(MailModule).start();
  },
});
