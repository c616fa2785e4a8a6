import { Controller } from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { type AuthContext, CurrentAuth, RequiresScopes } from '@kit/auth';

import { type PageRequest, parsePage } from '@kit/subgraph';
import { AddSubscriber } from '../addition/add-subscriber.js';
import { adderOf } from '../addition/adder.js';
import { parseFilter } from '../list/subscriber-filter.js';
import { SubscriberList, type SubscriberPage } from '../list/subscriber-list.js';
import { NEWEST_FIRST } from '../list/subscriber-order.js';
import { parseAddition, parseListing } from './message-data.js';
import { shownSubscriber, type ShownSubscriber } from './shown-subscriber.js';

/** The page size of `get-all-subscribers` with `''`. */
const NEWEST = 1_000;

/** Handles the TCP messages of NestJS applications, sent or emitted, with the services that GraphQL uses. */
@Controller()
export class SubscriberMessages {
  constructor(
    private readonly addition: AddSubscriber,
    private readonly list: SubscriberList,
  ) {}

  @MessagePattern({ cmd: 'add-subscriber' })
  @RequiresScopes('subscribers:write')
  async addSubscriber(
    @Payload() data: unknown,
    @CurrentAuth() auth: AuthContext,
  ): Promise<ShownSubscriber & { created: boolean }> {
    const { subscriber, created, userErrors } = await this.addition.add(parseAddition(data), adderOf(auth));
    if (subscriber) return { ...shownSubscriber(subscriber), created };
    const [{ code, message, field }] = userErrors as [(typeof userErrors)[0]];
    // GraphQL's path begins with the argument, which corresponds to the data of the message.
    throw new RpcException({ code, message, ...(field && { field: field.slice(1) }) });
  }

  @MessagePattern({ cmd: 'get-all-subscribers' })
  @RequiresScopes('subscribers:read')
  async getAllSubscribers(@Payload() data: unknown) {
    if (data === '') {
      const { nodes } = await this.page({ direction: 'forward', size: NEWEST, cursor: null });
      return nodes.map(shownSubscriber);
    }
    const { nodes, pageInfo } = await this.page(parsePage(parseListing(data)));
    const { endCursor, hasNextPage } = pageInfo;
    return { subscribers: nodes.map(shownSubscriber), endCursor, hasNextPage };
  }

  private page(request: PageRequest): Promise<SubscriberPage> {
    return this.list.page(parseFilter(null), NEWEST_FIRST, request);
  }
}
