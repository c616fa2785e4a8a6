import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Count, SubscriberConnection } from './subscriber-connection.type.js';
import { SubscriberList, type SubscriberPage } from './subscriber-list.js';

@Resolver(() => SubscriberConnection)
export class SubscriberConnectionResolver {
  constructor(private readonly list: SubscriberList) {}

  @ResolveField(() => Count, { description: 'How many the whole list has under this filter; counted only when asked for.' })
  async totalCount(@Parent() { filter }: SubscriberPage): Promise<Count> {
    return { value: await this.list.count(filter), precision: 'EXACT' };
  }
}
