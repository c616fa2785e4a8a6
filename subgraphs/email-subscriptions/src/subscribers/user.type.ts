import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';

/** Owned by the users subgraph, and described as there; this one only adds what it knows of a user. */
@ObjectType({ description: 'Somebody with an account, as others see them.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID, { description: 'A UUID; never given to anybody else.' })
  id: string;
}
