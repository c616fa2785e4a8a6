import type { AuthContext } from '@kit/auth';
import { issueConfirmationToken } from '../subscribers/confirmation/confirmation-tokens.js';
import { SubscriberKeys } from '../subscribers/keys/subscriber-keys.js';
import { caller, EDITOR } from './callers.js';
import type { Operation, Who } from './operations.js';
import { SUBSCRIBER_SECRET, type RunningService } from './running-service.js';
import { VISITOR } from './sign-ups.js';

/** The user who tags many subscribers. */
export const TAGGER = caller('0199d0a0-0000-7000-8000-0000000000aa', [
  'subscribers:read',
  'subscribers:write',
]);
const ERASER = caller(EDITOR.viewer.userId, ['subscribers:read', 'subscribers:erase']);

const keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });

/** Runs the operations of a history through GraphQL. They may fail with user errors only. */
export class Writers {
  /** The ids of all subscribers that had an address of this history. */
  private readonly seen: string[] = [];

  constructor(
    private readonly replicas: readonly [RunningService, ...RunningService[]],
    /** The addresses, in their normal form. */
    private readonly addresses: readonly string[],
    private readonly since: Date,
  ) {}

  /** Runs the lists of operations at the same time, on alternating replicas. */
  async run(lists: readonly (readonly Operation[])[]): Promise<void> {
    await Promise.all(
      lists.map(async (list, index) => {
        const service = this.replicas[index % this.replicas.length]!;
        for (const operation of list) await this.execute(service, operation);
      }),
    );
  }

  private async execute(service: RunningService, operation: Operation): Promise<void> {
    switch (operation.do) {
      case 'add':
        return this.mutate(service, 'addSubscriber', {
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
        return this.mutate(service, 'tagSubscribers', input, TAGGER);
      }
      case 'signUp':
        // As if the last mail had been sent long ago.
        await service.database.query('DELETE FROM confirmation_limits');
        return this.mutate(
          service,
          'subscribe',
          { email: this.addresses[operation.address], name: 'Visitor' },
          VISITOR,
        );
      case 'confirm':
        return this.confirm(service, this.addresses[operation.address]!);
      case 'report': {
        const email = this.addresses[operation.address];
        for (let n = 0; n < operation.times; n += 1) {
          await this.mutate(service, 'reportDelivery', { email, report: operation.report });
        }
        return;
      }
      case 'unsubscribe':
        return this.change(service, 'unsubscribeSubscriber', operation.who, {});
      case 'erase':
        return this.change(service, 'eraseSubscriber', operation.who, {}, ERASER);
      case 'followLink': {
        const id = await this.find(service, operation.who);
        const token = id && keys.unsubscribeToken(id);
        if (token) await this.mutate(service, 'unsubscribe', { token }, VISITOR, 'SubscriptionToken');
      }
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
    if (id) await this.mutate(service, mutation, { id, ...input }, as);
  }

  /** Opens the link of the mail that the owner of an address would have. */
  private async confirm(service: RunningService, email: string): Promise<void> {
    const token = await service.database.transaction(async (manager) => {
      const [subscriber] = await manager.query<{ id: string; status: string }[]>(
        'SELECT id, status FROM subscribers WHERE email_normalized = $1 FOR SHARE',
        [email],
      );
      if (subscriber?.status === 'PENDING') {
        return issueConfirmationToken(manager, { subscriberId: subscriber.id, signUpId: null });
      }
      if (subscriber?.status === 'ACTIVE') return null;
      const [signUp] = await manager.query<{ id: string }[]>(
        'SELECT id FROM sign_ups WHERE email_normalized = $1 AND kept_until > now() FOR SHARE',
        [email],
      );
      return signUp ? issueConfirmationToken(manager, { subscriberId: null, signUpId: signUp.id }) : null;
    });
    if (token) await this.mutate(service, 'confirmSubscription', { token }, VISITOR, 'SubscriptionToken');
  }

  private async find(service: RunningService, { address, seen }: Who): Promise<string | undefined> {
    const [row] = await service.database.query<{ id: string }[]>(
      'SELECT id FROM subscribers WHERE email_normalized = $1',
      [this.addresses[address]],
    );
    if (row && !this.seen.includes(row.id)) this.seen.push(row.id);
    return seen === null || this.seen.length === 0 ? row?.id : this.seen[seen % this.seen.length];
  }

  /** @throws Error for a GraphQL error */
  private async mutate(
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
}
