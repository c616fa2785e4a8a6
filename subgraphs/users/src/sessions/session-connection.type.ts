import { Field, ObjectType } from '@nestjs/graphql';
import { PageInfo } from '@kit/subgraph';
import { SessionType } from './session.type.js';

@ObjectType({ description: 'A session on a page, with its cursor.' })
export class SessionEdge {
  @Field(() => SessionType, { description: 'The session.' })
  node: SessionType;

  @Field(() => String, { description: 'The position of the session in the list. Pass it as `after`.' })
  cursor: string;
}

@ObjectType({ description: 'A page of sessions.' })
export class SessionConnection {
  @Field(() => [SessionType], { description: 'The sessions on this page, latest login first.' })
  nodes: SessionType[];

  @Field(() => [SessionEdge], { description: 'The sessions on this page, each with its cursor.' })
  edges: SessionEdge[];

  @Field(() => PageInfo, {
    description: 'Whether there are pages before and after this one, and the cursors to request them.',
  })
  pageInfo: PageInfo;
}
