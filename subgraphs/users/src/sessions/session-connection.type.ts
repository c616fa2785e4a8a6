import { Field, ObjectType } from '@nestjs/graphql';
import { PageInfo } from '@supergraph/service/pagination/page-info.type';
import { SessionType } from './session.type.js';

@ObjectType({ description: 'A session and its place in the list.' })
export class SessionEdge {
  @Field(() => SessionType, { description: 'The session.' })
  node: SessionType;

  @Field(() => String, { description: 'Its place, to page from.' })
  cursor: string;
}

@ObjectType({ description: 'One page of the viewer’s sessions.' })
export class SessionConnection {
  @Field(() => [SessionType], { description: 'The sessions on this page, the latest login first.' })
  nodes: SessionType[];

  @Field(() => [SessionEdge], { description: 'The same, each with its cursor.' })
  edges: SessionEdge[];

  @Field(() => PageInfo, { description: 'Where this page lies in the list.' })
  pageInfo: PageInfo;
}
