import type { Person } from './session-steps.js';
import type { Data, Steps } from './step.js';

export const ADD_SUBSCRIBER = `mutation($input: AddSubscriberInput!) {
  addSubscriber(input: $input) { created subscriber { id email } userErrors { code message } }
}`;

const SUBSCRIBER = 'id email status addedAt addedBy { displayName }';

/** Adds, finds and lists subscribers, across both subgraphs. `tag` is in each address of this run. */
export async function playSubscribers(steps: Steps, person: Person, tag: string): Promise<void> {
  const add = async (input: object): Promise<Data> =>
    (await steps.ask(ADD_SUBSCRIBER, { input })).addSubscriber;
  const email = `grace-${tag}@example.com`;

  const id = await steps.step('add a subscriber', async () => {
    const added = await add({ email, name: 'Grace' });
    steps.expect(added.created === true && added.subscriber.email === email && added.userErrors.length === 0);
    return added.subscriber.id as string;
  });

  await steps.step('add the same address in another spelling: returns the existing subscriber', async () => {
    const again = await add({ email: `GRACE-${tag}@Example.COM` });
    steps.same(again, { created: false, subscriber: { id, email }, userErrors: [] });
  });

  await steps.step('add it again with onExisting: FAIL: ALREADY_EXISTS', async () => {
    const rejected = await add({ email, onExisting: 'FAIL' });
    steps.expect(rejected.created === false && rejected.userErrors[0]?.code === 'ALREADY_EXISTS');
  });

  await steps.step('add an invalid address: INVALID_EMAIL', async () => {
    const rejected = await add({ email: 'not an address' });
    steps.expect(rejected.subscriber === null && rejected.userErrors[0]?.code === 'INVALID_EMAIL');
  });

  await steps.step('find the subscriber by id and by address, with the user who added it', async () => {
    const found = await steps.ask(
      `query($id: ID!, $email: String!) {
        subscriber(id: $id) { ${SUBSCRIBER} }
        subscriberByEmail(email: $email) { ${SUBSCRIBER} }
      }`,
      { id, email: email.toUpperCase() },
    );
    steps.expect(found.subscriber?.id === id && found.subscriber.addedBy?.displayName === person.displayName);
    steps.same(found.subscriberByEmail, found.subscriber);
  });

  await steps.step('list subscribers page by page, forwards and backwards', async () => {
    await add({ email: `alan-${tag}@example.com` });
    const page = async (args: string): Promise<Data> => {
      const { subscribers } = await steps.ask(
        `query($tag: String) {
          subscribers(${args}, filter: { query: $tag }, orderBy: { field: EMAIL, direction: ASC }) {
            nodes { email } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            totalCount { value precision } streamCursor
          }
        }`,
        { tag },
      );
      return subscribers;
    };
    const first = await page('first: 1');
    steps.same(first.nodes, [{ email: `alan-${tag}@example.com` }]);
    steps.expect(first.pageInfo.hasNextPage === true && first.pageInfo.hasPreviousPage === false);
    steps.same(first.totalCount, { value: 2, precision: 'EXACT' });
    steps.expect(typeof first.streamCursor === 'string');
    const second = await page(`first: 1, after: ${JSON.stringify(first.pageInfo.endCursor)}`);
    steps.same(second.nodes, [{ email }]);
    steps.expect(second.pageInfo.hasNextPage === false);
    const back = await page(`last: 1, before: ${JSON.stringify(second.pageInfo.startCursor)}`);
    steps.same(back.nodes, first.nodes);
  });

  await steps.step('list the subscribers that a user has added', async () => {
    const { viewer } = await steps.ask(
      '{ viewer { user { addedSubscribers(first: 10) { nodes { email } } } } }',
    );
    const emails = viewer.user.addedSubscribers.nodes.map((node: Data) => node.email as string);
    steps.same(emails.sort(), [`alan-${tag}@example.com`, email]);
  });
}
