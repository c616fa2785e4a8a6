import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'Owned by the users subgraph; this one only adds what it knows of a user.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID, { description: 'A UUID, made by the users subgraph.' })
  id: string;
}
