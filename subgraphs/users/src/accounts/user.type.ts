import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';

@ObjectType('User', { description: 'A person with an account, as other users see them.' })
@Directive('@key(fields: "id")')
export class UserType {
  @Field(() => ID, { description: 'The unique identifier of the user, a UUID. It is never reused.' })
  id: string;

  @Field({ description: 'The name that other users see.' })
  displayName: string;

  @Field(() => GraphQLDateTime, { description: 'The time at which the account was created.' })
  createdAt: Date;
}
