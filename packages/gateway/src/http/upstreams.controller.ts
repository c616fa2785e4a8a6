import { Controller, Get } from '@nestjs/common';
import type { Operations } from '../subscriptions/operations.js';

/** Returns the number of open upstream subscriptions, for developers and leak checks. Not mounted in production. */
export function upstreamsController(operations: Operations) {
  @Controller('live/upstreams')
  class UpstreamsController {
    @Get()
    count(): string {
      return String(operations.activeUpstreams);
    }
  }
  return UpstreamsController;
}
