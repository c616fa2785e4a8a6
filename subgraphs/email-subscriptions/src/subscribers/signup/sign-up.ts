import type { RequestOrigin } from '@kit/auth';
import { newId } from '@kit/database';
import { CONFIG } from '@kit/service';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Config } from '../../config.js';
import { tooManySignUps, type SubscriberError } from '../subscriber-error.js';
import { SignUpEntity } from './sign-up.entity.js';
import { parseSignUp, type SignUpFields } from './sign-up-request.js';
import { SignUpWorker } from './sign-up-worker.js';

/** The number of sign-ups that may wait for the worker. */
const MOST_WAITING = 100_000;

export interface SignUpResult {
  readonly accepted: boolean;
  readonly userErrors: SubscriberError[];
}

/**
 * Accepts sign-ups. The worker does the rest, so neither the result nor the time that it takes reveals who is on the
 * list.
 */
@Injectable()
export class SignUp {
  constructor(
    private readonly dataSource: DataSource,
    private readonly worker: SignUpWorker,
    @Inject(CONFIG) private readonly config: Pick<Config, 'SIGN_UP_TAGS' | 'SIGN_UP_ATTRIBUTES'>,
  ) {}

  async accept(fields: SignUpFields, from: RequestOrigin | undefined): Promise<SignUpResult> {
    const { SIGN_UP_TAGS: tags, SIGN_UP_ATTRIBUTES: attributes } = this.config;
    const parsed = parseSignUp(fields, { tags, attributes });
    if ('errors' in parsed) return { accepted: false, userErrors: parsed.errors };
    if (await this.isFull()) return { accepted: false, userErrors: [tooManySignUps()] };
    await this.dataSource.manager.insert(SignUpEntity, {
      ...parsed.request,
      id: newId(),
      ip: from?.ip ?? null,
      userAgent: from?.userAgent ?? null,
      createdAt: () => 'now()',
    });
    this.worker.wake();
    return { accepted: true, userErrors: [] };
  }

  private async isFull(): Promise<boolean> {
    const waiting: unknown[] = await this.dataSource.query(
      'SELECT FROM sign_ups WHERE kept_until IS NULL OFFSET $1 LIMIT 1',
      [MOST_WAITING - 1],
    );
    return waiting.length > 0;
  }
}
