import { Logger } from '@nestjs/common';
import { lastValueFrom, type Observable } from 'rxjs';
import { SubscribersException } from '../exceptions.js';
import type { SubscribersClientOptions } from '../options.js';
import { SubscribersClient } from '../subscribers-client.js';

// The tests break connections, which the client logs.
Logger.overrideLogger(false);

export const CALLER = 'monolith';
export const SECRET = 'a secret of the monolith and the service';

export function newClient(port: number, options: Partial<SubscribersClientOptions> = {}): SubscribersClient {
  return new SubscribersClient({ host: '127.0.0.1', port, caller: CALLER, secret: SECRET, ...options });
}

/** Returns the exception of a failed message. @throws any other error, or if the message does not fail */
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
