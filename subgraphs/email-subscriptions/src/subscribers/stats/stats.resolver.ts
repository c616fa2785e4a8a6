import { RequiresScopes } from '@kit/auth';
import { Args, Directive, Query, Resolver } from '@nestjs/graphql';
import { bucketsOf, InvalidStatsRequest } from './buckets.js';
import { GraphQLDate } from 'graphql-scalars';
import { SubscriberStatsArgs } from './stats.args.js';
import { SubscriberStats } from './stats.type.js';
import { SubscriberFigures } from './subscriber-figures.js';

@Resolver()
export class StatsResolver {
  constructor(private readonly figures: SubscriberFigures) {}

  @Query(() => SubscriberStats, {
    nullable: true,
    description:
      'Counts the changes of the list in buckets, from the start of `from` to the start of `to`, which is exclusive. There are at most 1,000 buckets.',
  })
  @RequiresScopes('subscribers:read')
  @Directive('@cost(weight: 20)')
  @Directive('@listSize(assumedSize: 1000, sizedFields: ["buckets"])')
  async subscriberStats(
    @Args() { from, to, bucket, timeZone }: SubscriberStatsArgs,
  ): Promise<SubscriberStats> {
    const days = { from: dayOf('from', from), to: dayOf('to', to) };
    const request = bucketsOf({ ...days, bucket, timeZone });
    const { buckets, totals, streamCursor } = await this.figures.stats(request);
    return {
      buckets: [...buckets],
      totals: {
        pending: totals.PENDING,
        active: totals.ACTIVE,
        unsubscribed: totals.UNSUBSCRIBED,
        bounced: totals.BOUNCED,
        complained: totals.COMPLAINED,
      },
      streamCursor,
    };
  }
}

/** NestJS keeps the parser of `DateTime` in a subgraph, but not that of `Date`. */
function dayOf(name: string, value: string): Date {
  try {
    return GraphQLDate.parseValue(value);
  } catch {
    throw new InvalidStatsRequest(`${name} must be a date, such as "2026-01-31".`);
  }
}
