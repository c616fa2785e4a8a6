import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';

@ObjectType('User', { description: 'Somebody with an account, as others see them.' })
@Directive('@key(fields: "id")')
export class UserType {
  @Field(() => ID, { description: 'A UUID; never given to anybody else.' })
  id: string;

  @Field({ description: 'The name that they chose to be shown by.' })
  displayName: string;

  @Field(() => GraphQLDateTime, { description: 'When the account was made.' })
  createdAt: Date;
}
