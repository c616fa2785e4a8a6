import { MailJobs } from '@kit/mail';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Whose address is to be removed. */
export interface ForgottenAddress {
  /** The id of the subscriber. */
  readonly id: string;
  /** The normal form of the address. */
  readonly emailNormalized: string;
  /** The address as it was entered, without surrounding white space. Elsewhere it can be spelled differently. */
  readonly email: string | null;
}

/** Deletes what one part of the service stores about an address, in the caller's transaction. */
export type Eraser = (manager: EntityManager, address: ForgottenAddress) => Promise<void>;

/**
 * What is stored about addresses outside the row of the subscriber. Each part of the service that stores some registers
 * an `Eraser` in a constructor. They run when a subscriber is erased and when it gets another address, while the row of
 * the subscriber is locked.
 *
 * @example
 * constructor(erasers: Erasers) {
 *   erasers.add((manager, { emailNormalized }) => this.forget(manager, emailNormalized));
 * }
 */
@Injectable()
export class Erasers {
  private readonly erasers: Eraser[] = [];

  constructor(private readonly mails: MailJobs) {}

  add(eraser: Eraser): void {
    this.erasers.push(eraser);
  }

  /** Deletes everything about an address. The row of the subscriber has to be locked. */
  async forgetAddress(manager: EntityManager, address: ForgottenAddress): Promise<void> {
    // First, because it waits for letters that are being composed, and these write what the others delete.
    await this.mails.forget(manager, address.emailNormalized);
    for (const erase of this.erasers) await erase(manager, address);
  }
}
