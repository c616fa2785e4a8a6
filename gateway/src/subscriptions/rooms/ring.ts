/** An event of a room, ready to be sent. */
export interface RoomEvent {
  /** Where the stream stands with it; null when the field has no cursors. */
  readonly cursor: string | null;
  /** The result as JSON, the same for every watcher; null when there is nothing to send, only a place to note. */
  readonly json: string | null;
}

export interface RingLimits {
  readonly events: number;
  readonly characters: number;
  /** For how long an event may be shown, in milliseconds: people may be erased meanwhile. */
  readonly ageMs: number;
}

interface Kept extends RoomEvent {
  readonly since: number;
}

/** The newest events of a room, numbered from 0 on. */
export class Ring {
  private readonly limits: RingLimits;
  private events: Kept[] = [];
  private first = 0;
  private characters = 0;
  private readonly places = new Map<string, number>();

  constructor(limits: RingLimits) {
    this.limits = limits;
  }

  /** The number that the next event will get. */
  get end(): number {
    return this.first + this.events.length;
  }

  /** Whether whoever has had all before this number can go on from here. */
  has(number: number): boolean {
    return number === this.end || this.at(number) !== undefined;
  }

  /** Undefined when it is no longer kept, or not there yet. */
  at(number: number): RoomEvent | undefined {
    this.dropOld();
    return this.events[number - this.first];
  }

  /** The number after the last event with this cursor; null when there is none. */
  after(cursor: string): number | null {
    this.dropOld();
    const place = this.places.get(cursor);
    return place === undefined ? null : place + 1;
  }

  push(event: RoomEvent): void {
    if (event.cursor !== null) this.places.set(event.cursor, this.end);
    this.events.push({ ...event, since: performance.now() });
    this.characters += event.json?.length ?? 0;
    while (
      this.events.length > this.limits.events ||
      (this.characters > this.limits.characters && this.events.length > 1)
    ) {
      this.drop();
    }
  }

  private dropOld(): void {
    const oldest = performance.now() - this.limits.ageMs;
    while (this.events.length > 0 && this.events[0]!.since < oldest) this.drop();
  }

  private drop(): void {
    const event = this.events.shift()!;
    this.characters -= event.json?.length ?? 0;
    if (event.cursor !== null && this.places.get(event.cursor) === this.first)
      this.places.delete(event.cursor);
    this.first += 1;
  }
}
