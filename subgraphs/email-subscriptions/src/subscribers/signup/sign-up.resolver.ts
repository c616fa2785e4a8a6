import { type AuthContext, CurrentAuth, Public } from '@kit/auth';
import { Args, Directive, Field, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import { SubscriberError } from '../subscriber-error.type.js';
import { SignUp } from './sign-up.js';

@InputType({ description: 'The input of `subscribe`.' })
export class SubscribeInput {
  @Field(() => String, { description: 'The e-mail address.' })
  email: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the person, at most 200 characters long.',
  })
  name?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Tags that the owner of the list allows in sign-up forms.',
  })
  tags?: string[] | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'Attributes that the owner of the list allows in sign-up forms.',
  })
  attributes?: Record<string, unknown> | null;

  @Field(() => String, {
    nullable: true,
    description: 'The address of the page with the form, at most 2,048 characters long.',
  })
  origin?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the person agreed to, as the form says it. At most 2,000 characters.',
  })
  consentText?: string | null;
}

@ObjectType({ description: 'The result of `subscribe`.' })
export class SubscribePayload {
  @Field(() => Boolean, { description: 'Whether the input is valid. It is the same for every address.' })
  accepted: boolean;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@Resolver()
export class SignUpResolver {
  constructor(private readonly signUp: SignUp) {}

  @Mutation(() => SubscribePayload, {
    nullable: true,
    description:
      'Signs an address up, for a form that anybody can use. The address gets a mail with a link to confirm, unless it is on the list already. The result is the same for every address.',
  })
  @Public()
  @Directive('@cost(weight: 20)')
  subscribe(
    @Args('input', { type: () => SubscribeInput, description: 'The values of the form.' })
    input: SubscribeInput,
    @CurrentAuth() { origin }: AuthContext,
  ) {
    return this.signUp.accept(input, origin);
  }
}
