import type { AuthContext } from '@kit/auth';
import type { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { waitUntil } from '@supergraph/tools/wait-until';
import { SubscriberKeys } from '../subscribers/keys/subscriber-keys.js';
import type { AddressJournal } from './address-journal.js';
import { caller, EDITOR } from './callers.js';
import { createImport, importState, upload } from './imports.js';
import type { Operation, OperationOf, Who } from './operations.js';
import { SUBSCRIBER_SECRET, type RunningService } from './running-service.js';
import { VISITOR } from './sign-ups.js';
import { confirmationTokenIn } from './with-mailbox.js';

/** The user who tags many subscribers. */
export const TAGGER = caller('0199d0a0-0000-7000-8000-0000000000aa', [
  'subscribers:read',
  'subscribers:write',
]);
const ERASER = caller(EDITOR.viewer.userId, ['subscribers:read', 'subscribers:erase']);

const keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });

export interface Surroundings {
  readonly replicas: readonly [RunningService, ...RunningService[]];
  readonly smtp: SmtpCatcher;
  readonly journal: AddressJournal;
}

/** Runs the operations of a history through the service. They may fail with user errors only. */
export class Writers {
  /** The ids of all subscribers that had an address of this history. */
  private readonly seen: string[] = [];

  constructor(
    private readonly around: Surroundings,
    /** The addresses, in their normal form. */
    private readonly addresses: readonly string[],
    private readonly since: Date,
  ) {}

  /** Runs the lists of operations at the same time, on alternating replicas. */
  async run(lists: readonly (readonly Operation[])[]): Promise<void> {
    const { replicas } = this.around;
    await Promise.all(
      lists.map(async (list, index) => {
        const service = replicas[index % replicas.length]!;
        for (const operation of list) await this.execute(service, operation);
      }),
    );
  }

  private async execute(service: RunningService, operation: Operation): Promise<void> {
    switch (operation.do) {
      case 'add':
        return mutate(service, 'addSubscriber', {
          email: this.addresses[operation.address],
          ...operation.input,
        });
      case 'update': {
        const { address, input } = operation;
        const email = address === null ? {} : { email: this.addresses[address] };
        return this.change(service, 'updateSubscriber', operation.who, { ...input, ...email });
      }
      case 'tag': {
        const { filter, add, remove } = operation;
        const input = { filter: { ...filter, addedAt: { from: this.since } }, add, remove };
        return mutate(service, 'tagSubscribers', input, TAGGER);
      }
      case 'signUp':
        return this.signUp(service, operation);
      case 'openMail':
        return this.openMail(service, this.addresses[operation.address]!, operation.earlier);
      case 'report': {
        const email = this.addresses[operation.address];
        for (let n = 0; n < operation.times; n += 1) {
          await mutate(service, 'reportDelivery', { email, report: operation.report });
        }
        return;
      }
      case 'unsubscribe':
        return this.change(service, 'unsubscribeSubscriber', operation.who, {});
      case 'resend':
        return this.change(service, 'resendConfirmation', operation.who, {});
      case 'erase':
        return this.change(service, 'eraseSubscriber', operation.who, {}, ERASER);
      case 'followLink': {
        const id = await this.find(service, operation.who);
        const token = id && keys.unsubscribeToken(id);
        if (token) await mutate(service, 'unsubscribe', { token }, VISITOR, 'SubscriptionToken');
        return;
      }
      case 'import':
        return this.import(service, operation);
    }
  }

  private async change(
    service: RunningService,
    mutation: string,
    who: Who,
    input: object,
    as?: AuthContext,
  ): Promise<void> {
    const id = await this.find(service, who);
    if (id) await mutate(service, mutation, { id, ...input }, as);
  }

  private async signUp(
    service: RunningService,
    { address, hours, times, opens }: OperationOf<'signUp'>,
  ): Promise<void> {
    const email = this.addresses[address]!;
    for (let n = 0; n < times; n += 1) {
      if (hours > 0) await this.around.journal.letTimePass(this.addresses, hours);
      await mutate(service, 'subscribe', { email, name: 'Visitor' }, VISITOR);
      await this.noRow(service, 'FROM sign_ups WHERE email_normalized = $1 AND kept_until IS NULL', email);
    }
    if (opens) await this.openMail(service, email, 0);
  }

  /** Opens the link of a mail to an address, as its owner would. */
  private async openMail(service: RunningService, email: string, earlier: number): Promise<void> {
    // A letter that could not be composed is composed again a second later.
    await this.noRow(
      service,
      `FROM mail_jobs WHERE email_normalized = $1 AND done_at IS NULL
         AND (attempts = 0 OR next_attempt_at > now() + interval '10 seconds')`,
      email,
    );
    const mail = this.around.smtp.to(email).at(-1 - earlier);
    if (!mail) return;
    const token = confirmationTokenIn(mail);
    await mutate(service, 'confirmSubscription', { token }, VISITOR, 'SubscriptionToken');
  }

  private async import(service: RunningService, { onExisting, rows }: OperationOf<'import'>): Promise<void> {
    const lines = rows.map(
      ({ address, name, tags, status }) =>
        `${this.addresses[address]},${name ?? ''},"${tags.join(',')}",${status}`,
    );
    const file = ['email,name,tags,status', ...lines].join('\n');
    const { subscriberImport, uploadUrl } = await createImport(service, { onExisting });
    await upload(service, uploadUrl!, file);
    const { id } = subscriberImport!;
    await this.noRow(service, 'FROM subscriber_imports WHERE id = $1 AND finished_at IS NULL', id);
    const done = await importState(service, id);
    const sum = done.added + done.updated + done.unchanged + done.suppressed + done.rejected;
    if (done.status !== 'FINISHED' || done.rowsRead !== rows.length || sum !== rows.length) {
      throw new Error(`an import ended with ${JSON.stringify(done)}`);
    }
  }

  /** Waits until there is no such row. */
  private noRow({ database }: RunningService, rows: string, parameter: string): Promise<void> {
    return waitUntil(async () => {
      const [{ gone }] = await database.query<[{ gone: boolean }]>(
        `SELECT NOT EXISTS (SELECT ${rows}) AS gone`,
        [parameter],
      );
      return gone;
    });
  }

  private async find(service: RunningService, { address, seen }: Who): Promise<string | undefined> {
    const [row] = await service.database.query<{ id: string }[]>(
      'SELECT id FROM subscribers WHERE email_normalized = $1',
      [this.addresses[address]],
    );
    if (row && !this.seen.includes(row.id)) this.seen.push(row.id);
    return seen === null || this.seen.length === 0 ? row?.id : this.seen[seen % this.seen.length];
  }
}

/** @throws Error for a GraphQL error */
async function mutate(
  service: RunningService,
  mutation: string,
  input: object,
  as: AuthContext = EDITOR,
  inputType = mutation.charAt(0).toUpperCase() + mutation.slice(1),
): Promise<void> {
  const { errors } = await service.request(
    `mutation ($input: ${inputType}Input!) { ${mutation}(input: $input) { userErrors { code } } }`,
    { variables: { input }, as },
  );
  if (errors) throw new Error(`${mutation}: ${JSON.stringify(errors)} ${service.log.slice(-3).join('\n')}`);
}
