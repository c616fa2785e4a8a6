/** An event of a room, ready to send. */
export interface RoomEvent {
  /** The cursor to resume from after this event; null when the field has no cursors. */
  readonly cursor: string | null;
  /** The result as JSON; null when only the cursor advances. */
  readonly json: string | null;
}

export interface RingLimits {
  readonly events: number;
  readonly characters: number;
  /** How long an event is kept, in milliseconds. It is short because the data in it may be erased. */
  readonly ageMs: number;
}

interface StoredEvent extends RoomEvent {
  readonly receivedAt: number;
}

/** A bounded buffer of a room's newest events. Each event has a number, counted from 0. */
export class Ring {
  private readonly limits: RingLimits;
  private events: StoredEvent[] = [];
  private first = 0;
  private characters = 0;
  private readonly numberOfCursor = new Map<string, number>();

  constructor(limits: RingLimits) {
    this.limits = limits;
  }

  /** The number of the next event. */
  get end(): number {
    return this.first + this.events.length;
  }

  /** Whether a watcher can read from this number on. */
  has(number: number): boolean {
    return number === this.end || this.at(number) !== undefined;
  }

  /** Undefined before the event has arrived and after it was dropped. */
  at(number: number): RoomEvent | undefined {
    this.dropOld();
    return this.events[number - this.first];
  }

  /** The number after the last event with this cursor; null when no event has it. */
  after(cursor: string): number | null {
    this.dropOld();
    const number = this.numberOfCursor.get(cursor);
    return number === undefined ? null : number + 1;
  }

  push(event: RoomEvent): void {
    if (event.cursor !== null) this.numberOfCursor.set(event.cursor, this.end);
    this.events.push({ ...event, receivedAt: performance.now() });
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
    while (this.events.length > 0 && this.events[0]!.receivedAt < oldest) this.drop();
  }

  private drop(): void {
    const event = this.events.shift()!;
    this.characters -= event.json?.length ?? 0;
    if (event.cursor !== null && this.numberOfCursor.get(event.cursor) === this.first)
      this.numberOfCursor.delete(event.cursor);
    this.first += 1;
  }
}
