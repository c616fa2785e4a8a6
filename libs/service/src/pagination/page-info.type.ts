import { Directive, Field, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'Where a page lies in its list.' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether the list goes on after this page.' })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether there is anything in the list before this page.' })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first one on this page; null when it is empty.',
  })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last one on this page; null when it is empty.',
  })
  endCursor: string | null;
}
