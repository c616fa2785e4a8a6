import { enumType } from '@kit/subgraph';
import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import type { ConsentMethod } from './consent.js';

const ConsentMethodType = enumType<ConsentMethod>('ConsentMethod', 'How consent was given.', {
  DOUBLE_OPT_IN: 'The subscriber signed up or was added, and confirmed the address with the link in a mail.',
  SINGLE_OPT_IN: 'The subscriber signed up, and has not confirmed the address.',
  STATED_BY_STAFF: 'A user or a program stated it.',
  STATED_BY_IMPORT: 'An import stated it.',
});

@ObjectType('Consent', { description: 'The evidence that a subscriber agreed to receive mail.' })
export class ConsentObject {
  @Field(() => GraphQLDateTime, { description: 'When consent was given.' })
  givenAt: Date;

  @Field(() => ConsentMethodType, { description: 'How consent was given.' })
  method: ConsentMethod;

  @Field(() => String, { nullable: true, description: 'The IP address that it was given from.' })
  ip: string | null;

  @Field(() => String, { nullable: true, description: 'The `user-agent` header of that request.' })
  userAgent: string | null;

  @Field(() => String, { nullable: true, description: 'The page or file that it was given in.' })
  origin: string | null;

  @Field(() => String, { nullable: true, description: 'What the subscriber agreed to, as it read then.' })
  text: string | null;
}
