import { NestFactory } from '@nestjs/core';
import { SubscribersClient, SubscribersClientModule } from '@supergraph/nest-tcp-client';
import type { System } from '@supergraph/tools/system';

/** The client of a NestJS application that email-subscriptions knows; closes with `close`. */
export async function monolithClient(
  { tcpPort: port, secrets }: Pick<System, 'tcpPort' | 'secrets'>,
  timeoutMs?: number,
): Promise<SubscribersClient> {
  const options = { host: '127.0.0.1', port, caller: 'monolith', secret: secrets.monolithTcpSecret };
  const module = SubscribersClientModule.register({ ...options, ...(timeoutMs && { timeoutMs }) });
  const application = await NestFactory.createApplicationContext(module, { logger: false });
  return application.get(SubscribersClient);
}
