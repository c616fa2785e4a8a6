import { Controller, Get } from '@nestjs/common';
import type { Operations } from '../operations.js';

/** Tells developers and leak checks how many upstream subscriptions are open now. Not there in production. */
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
