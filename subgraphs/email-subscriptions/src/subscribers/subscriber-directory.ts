import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { normalizeEmail } from '@kit/mail';
import { In, Repository } from 'typeorm';
import { parseId } from './subscriber-id.js';
import { SubscriberEntity } from './subscriber.entity.js';

/** Finds single subscribers by id or address. */
@Injectable()
export class SubscriberDirectory {
  constructor(
    @InjectRepository(SubscriberEntity) private readonly subscribers: Repository<SubscriberEntity>,
  ) {}

  /** Returns subscribers in the order of the ids, with null for an unknown or malformed id. */
  async byIds(ids: readonly string[]): Promise<(SubscriberEntity | null)[]> {
    const parsed = ids.map(parseId);
    const byId = await this.mapOf(parsed.filter((id) => id !== null));
    return parsed.map((id) => (id === null ? null : (byId.get(id) ?? null)));
  }

  /** Returns the subscribers that exist, by id. */
  async mapOf(ids: readonly string[]): Promise<ReadonlyMap<string, SubscriberEntity>> {
    const rows = await this.subscribers.findBy({ id: In([...ids]) });
    return new Map(rows.map((row) => [row.id, row]));
  }

  async byId(id: string): Promise<SubscriberEntity | null> {
    const [row] = await this.byIds([id]);
    return row ?? null;
  }

  /** Accepts any spelling of the address. Returns null for an unknown or invalid address. */
  async byEmail(email: string): Promise<SubscriberEntity | null> {
    const emailNormalized = normalizeEmail(email);
    return emailNormalized === null ? null : this.subscribers.findOneBy({ emailNormalized });
  }
}
