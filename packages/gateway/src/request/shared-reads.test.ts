import { describe, expect, test } from '@jest/globals';
import type { GraphQLResult } from '@kit/executor';
import { SharedReads } from './shared-reads.js';

/** A subgraph that counts its requests, and responds when it is told to. */
class Subgraph {
  sent = 0;
  private readonly respond: (() => void)[] = [];

  readonly send = (): Promise<GraphQLResult> => {
    const number = (this.sent += 1);
    return new Promise((resolve) => this.respond.push(() => resolve({ data: { item: { number } } })));
  };

  readonly fail = (): Promise<GraphQLResult> => {
    this.sent += 1;
    return new Promise((_, reject) => this.respond.push(() => reject(new Error('no response'))));
  };

  /** Responds to all requests in flight, and returns when their readers have continued. */
  async respondToAll(): Promise<void> {
    for (const respond of this.respond.splice(0)) respond();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const data = (number: number) => ({ data: { item: { number } } });

describe('equal reads', () => {
  test('share one request after the one that is in flight', async () => {
    const [reads, subgraph] = [new SharedReads(), new Subgraph()];
    const results = Array.from({ length: 100 }, () => reads.read('a', subgraph.send));
    expect(subgraph.sent).toBe(1);
    await subgraph.respondToAll();
    expect(subgraph.sent).toBe(2);
    await subgraph.respondToAll();
    expect(await Promise.all(results)).toEqual([data(1), ...Array.from({ length: 99 }, () => data(2))]);
  });

  test('never get data of a request that was sent before', async () => {
    const [reads, subgraph] = [new SharedReads(), new Subgraph()];
    const first = reads.read('a', subgraph.send);
    const second = reads.read('a', subgraph.send);
    await subgraph.respondToAll();
    const third = reads.read('a', subgraph.send);
    await subgraph.respondToAll();
    await subgraph.respondToAll();
    expect(await Promise.all([first, second, third])).toEqual([data(1), data(2), data(3)]);
    const later = reads.read('a', subgraph.send);
    await subgraph.respondToAll();
    expect(await later).toEqual(data(4));
  });

  test('have data of their own', async () => {
    const [reads, subgraph] = [new SharedReads(), new Subgraph()];
    const results = [1, 2, 3].map(() => reads.read('a', subgraph.send));
    await subgraph.respondToAll();
    await subgraph.respondToAll();
    const items = (await Promise.all(results)).map((result) => result.data!['item']);
    expect(new Set(items).size).toBe(3);
  });

  test('fail together, and later ones are sent again', async () => {
    const [reads, subgraph] = [new SharedReads(), new Subgraph()];
    const outcomes = Promise.allSettled([1, 2, 3].map(() => reads.read('a', subgraph.fail)));
    await subgraph.respondToAll();
    await subgraph.respondToAll();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(subgraph.sent).toBe(2);
    const later = reads.read('a', subgraph.send);
    await subgraph.respondToAll();
    expect(await later).toEqual(data(3));
  });
});

test('different reads have requests of their own, eight at a time', async () => {
  const [reads, subgraph] = [new SharedReads(), new Subgraph()];
  const results = Array.from({ length: 20 }, (_, n) => reads.read(`${n}`, subgraph.send));
  const sent = [];
  for (let round = 0; round < 3; round += 1) {
    sent.push(subgraph.sent);
    await subgraph.respondToAll();
  }
  expect(sent).toEqual([8, 16, 20]);
  expect((await Promise.all(results)).map((result) => result.data!['item'])).toEqual(
    Array.from({ length: 20 }, (_, n) => ({ number: n + 1 })),
  );
});
