import { alternating } from '../harness/alternating.js';
import type { LastingSession } from '../harness/lasting-session.js';
import { ResumingStream } from '../harness/resuming-stream.js';
import type { Random } from './random.js';
import type { SubscriberFilter } from './filter.js';
import { Watcher, type WatcherOptions } from './watcher.js';
import { Writer } from './writer.js';

const WRITERS = 4;

interface Post extends Pick<WatcherOptions, 'name' | 'filter' | 'bookmarks'> {
  /** Which of the two people watches. */
  readonly who: 0 | 1;
}

/** Who watches whom. Those with the same filter and the same wish for bookmarks share a room, whoever they are. */
const posts = (userIds: readonly string[]): Post[] => {
  const byTheOne: SubscriberFilter = { addedBy: [userIds[0]!] };
  const byTheOther: SubscriberFilter = { addedBy: [userIds[1]!] };
  return [
    { name: 'everybody', who: 0, filter: {}, bookmarks: true },
    { name: 'everybody, at the other gateway', who: 0, filter: {}, bookmarks: true },
    { name: 'everybody, by the other user', who: 1, filter: {}, bookmarks: true },
    { name: 'everybody, without bookmarks', who: 1, filter: {}, bookmarks: false },
    { name: 'those of the one user', who: 0, filter: byTheOne, bookmarks: false },
    { name: 'those of the one user, by the other', who: 1, filter: byTheOne, bookmarks: false },
    { name: 'those of the other user', who: 0, filter: byTheOther, bookmarks: true },
    { name: 'those with a text', who: 1, filter: { query: 'GRACE ex' }, bookmarks: false },
    {
      name: 'those of the one user with a text',
      who: 1,
      filter: { ...byTheOne, query: 'linus' },
      bookmarks: true,
    },
  ];
};

/** Those who watch, half of them first at the one gateway and half at the other. */
export function watchersOf(sessions: readonly LastingSession[], urls: readonly string[]): Watcher[] {
  return posts(sessions.map(({ userId }) => userId)).map(
    ({ who, ...post }, index) =>
      new Watcher({
        ...post,
        session: sessions[who]!,
        url: alternating(urls, index),
        open: (options) => new ResumingStream(options),
      }),
  );
}

/** Those who add, each person by half of them. */
export function writersOf(
  sessions: readonly LastingSession[],
  urls: readonly string[],
  random: Random,
): Writer[] {
  return Array.from({ length: WRITERS }, (_, index) => {
    const session = sessions[index % sessions.length]!;
    return new Writer({
      name: `writer-${index}`,
      session,
      url: alternating(urls, index),
      random: random.fork(),
    });
  });
}
