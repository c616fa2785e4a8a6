import type { DatabaseAddress } from '@kit/database';
import { Semaphore, type CursorCodec } from '@kit/service';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { Consumers } from './consuming/consumers.js';
import { EventLogHealth } from './event-log-health.js';
import { EventLog } from './event-log.js';
import { LogCursors } from './reading/log-cursors.js';
import { LogReader } from './reading/log-reader.js';
import { Relay } from './relay/relay.js';
import { WakeUps } from './relay/wake-ups.js';
import { OutageLog } from './watching/outage-log.js';
import { Replays } from './watching/replays.js';
import { StartPositions } from './watching/start-positions.js';
import { Tail, TAIL_SETTINGS, type TailSettings } from './watching/tail.js';
import { CommitListener } from './writing/commit-listener.js';
import { Outbox } from './writing/outbox.js';

/** The share of the database connections that replays may use, so that queries have some left. */
const SHARE_OF_REPLAYS = 1 / 3;

export interface EventLogOptions {
  /** How long events are kept, in hours. By default a week. */
  readonly retentionHours?: number;
  /** Cursors are valid for a log with the same scope and secret only. */
  readonly cursorScope?: string;
  /** The key of the advisory lock that lets one relay work, if other locks of the database collide with the default. */
  readonly relayLockKey?: string;
  readonly tail?: TailSettings;
}

const DEFAULTS = { retentionHours: 168, cursorScope: 'event log', relayLockKey: '7020364832905463811' };

/** All parts of the event log of a process. */
export class EventLogRuntime {
  readonly eventLog: EventLog;
  readonly health: EventLogHealth;
  readonly tail: Tail;
  readonly relay: Relay;
  private readonly wakeUps: WakeUps;
  private readonly consumers: Consumers;
  private readonly commits: CommitListener;

  constructor(
    private readonly dataSource: DataSource,
    codec: CursorCodec,
    logger: Logger,
    options: EventLogOptions = {},
    metrics?: Registry,
  ) {
    const { retentionHours, cursorScope, relayLockKey } = { ...DEFAULTS, ...options };
    const database = addressOf(dataSource);
    const wakeUps = (this.wakeUps = new WakeUps(database, logger));
    const relay = (this.relay = new Relay(
      { database, retentionHours, lockKey: relayLockKey },
      () => wakeUps.announce('event_log'),
      logger,
    ));
    wakeUps.listen('outbox', () => relay.wake());
    this.commits = new CommitListener(() => {
      if (!relay.wake()) wakeUps.notify('outbox');
    });
    const log = new LogReader(dataSource);
    const tail = (this.tail = new Tail(log, wakeUps, logger, options.tail ?? TAIL_SETTINGS));
    const consumers = (this.consumers = new Consumers(dataSource, wakeUps, logger));
    const replays = new Replays(dataSource);
    const cursors = new LogCursors(codec, cursorScope);
    const outage = new OutageLog(logger, 'missed events cannot be read');
    this.eventLog = new EventLog({
      outbox: new Outbox(this.commits),
      log,
      consumers,
      tail,
      replays,
      positions: new StartPositions(log, tail, replays, cursors, outage, logger),
      turns: new Semaphore(Math.max(1, Math.floor((dataSource.options.poolSize ?? 1) * SHARE_OF_REPLAYS))),
      outage,
      cursors,
      logger,
    });
    this.health = new EventLogHealth(log, relay, tail, consumers, logger);
    if (metrics) this.health.addMetrics(metrics);
  }

  /** Starts to number, read and consume events. The database must be open. */
  async start(): Promise<void> {
    this.commits.attachTo(this.dataSource);
    this.wakeUps.start();
    this.relay.start();
    if (this.tail.isNeeded) await this.tail.start();
    this.consumers.start();
    this.health.start();
  }

  async stopReading(): Promise<void> {
    this.health.stop();
    await Promise.all([this.tail.stop(), this.consumers.stop()]);
  }

  async stopNumbering(): Promise<void> {
    await this.relay.stop();
    await this.wakeUps.stop();
  }
}

/** The dedicated connections use the address of the pool. */
function addressOf({ options }: DataSource): DatabaseAddress {
  if (options.type !== 'postgres' || options.url === undefined) {
    throw new Error('the event log needs a data source with the URL of a Postgres database');
  }
  return { url: options.url, application: options.applicationName ?? 'event log' };
}
