import { Live } from '@kit/auth';
import type { WatchedEvent } from '@kit/event-log';
import { Args, ArgsType, Field, ObjectType, Resolver, Subscription } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import type { $ItemEntity } from './$one.entity.js';
import { $Item } from './$one.type.js';
import { $ItemsService } from './$name.service.js';

@ArgsType()
class $ItemAddedArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'The cursor to resume from. The subscription first sends what was added after it, in order, then new $words. Without a cursor it sends new ones only.',
  })
  after?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Whether to send bookmarks, events that carry only a cursor: one at the start, one after the missed events, and one after every 15 seconds without an event.',
  })
  bookmarks?: boolean | null;
}

@ObjectType({ description: 'The addition of one of the $words, or a bookmark, which carries only a cursor.' })
class $ItemAddedEvent {
  @Field(() => String, {
    description:
      'The position of the event in the stream. Pass the last one received as `after` to resume from there.',
  })
  cursor: string;

  @Field(() => GraphQLDateTime, {
    description: 'The time of the addition, or at which the bookmark was sent.',
  })
  occurredAt: Date;

  @Field(() => $Item, {
    nullable: true,
    description: 'The new $word. Null for a bookmark, which is sent only if `bookmarks` is true.',
  })
  $item: $Item | null;
}

@Resolver()
export class $ItemAddedResolver {
  constructor(private readonly service: $ItemsService) {}

  @Subscription(() => $ItemAddedEvent, {
    description: 'Sends each of the $words that is added, starting now or after a cursor.',
    resolve: ({ cursor, occurredAt, subject }: WatchedEvent<$ItemEntity>) => ({
      cursor,
      occurredAt,
      $item: subject,
    }),
  })
  // The events are the same for all viewers, so watchers share them.
  @Live('SCOPES')
  $itemAdded(@Args() { after, bookmarks }: $ItemAddedArgs) {
    return this.service.added.watch({ after, bookmarks });
  }
}
