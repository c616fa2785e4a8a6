import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '@supergraph/tools/repository';

/** The supergraph of this repository. */
export const whole = readFileSync(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8');

function edited(from: string | RegExp, to: string): string {
  const text = whole.replace(from, to);
  if (text === whole) throw new Error(`the supergraph has changed: there is no ${String(from)}`);
  return text;
}

export const withoutCreatedAt = edited(
  /\n  """[^"]*"""\n  createdAt: DateTime! @join__field\(graph: USERS\)/,
  '',
);
export const withoutTime = edited(
  /(type SubscriberAddedEvent\n[^}]*?)\n  """[^"]*"""\n  occurredAt: DateTime!\n/,
  '$1',
);
export const withoutSharing = edited('@live(audience: SCOPES)', '@live(audience: VIEWER)');
/** More of the event may be null, so upstream is asked for more, to tell a bookmark by. */
export const withAnotherRequest = edited(/(type SubscriberAddedEvent\n[^}]*?occurredAt: DateTime)!/, '$1');
/** A list is longer than this one says. */
export const withShortLists = edited('slicingArguments: ["first"], ', '');
/** The subgraph refuses what is asked of it by this one. */
export const aheadOfSubgraphs = edited(
  'displayName: String! @join__field(graph: USERS)',
  'displayName: String! @join__field(graph: EMAIL_SUBSCRIPTIONS)',
);
