import { NestFactory } from '@nestjs/core';
import { SubscribersClient, SubscribersClientModule } from '@supergraph/nest-tcp-client';
import type { System } from '@supergraph/tools/system';

/** The client of a NestJS application that may send TCP messages; closes with `close`. */
export async function monolithClient(
  { morePorts, secrets }: Pick<System, 'morePorts' | 'secrets'>,
  timeoutMs?: number,
): Promise<SubscribersClient> {
  const options = {
    host: '127.0.0.1',
    port: morePorts.TCP_PORT!,
    caller: 'monolith',
    secret: secrets.MONOLITH_TCP_SECRET!,
  };
  const module = SubscribersClientModule.register({ ...options, ...(timeoutMs && { timeoutMs }) });
  const application = await NestFactory.createApplicationContext(module, { logger: false });
  return application.get(SubscribersClient);
}
