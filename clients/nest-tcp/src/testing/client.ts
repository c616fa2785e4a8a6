import { Logger } from '@nestjs/common';
import { lastValueFrom, type Observable } from 'rxjs';
import { SubscribersException } from '../exceptions.js';
import type { SubscribersClientOptions } from '../options.js';
import { SubscribersClient } from '../subscribers-client.js';

// Broken connections are what these tests make.
Logger.overrideLogger(false);

export const CALLER = 'monolith';
export const SECRET = 'a secret of the monolith and the service';

export function newClient(port: number, options: Partial<SubscribersClientOptions> = {}): SubscribersClient {
  return new SubscribersClient({ host: '127.0.0.1', port, caller: CALLER, secret: SECRET, ...options });
}

/** Resolves with the exception that a message fails with. @throws Error when it does not fail, or by another error */
export async function failureOf(
  message: Observable<unknown> | Promise<unknown>,
): Promise<SubscribersException> {
  try {
    await (message instanceof Promise ? message : lastValueFrom(message));
  } catch (error) {
    if (error instanceof SubscribersException) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
