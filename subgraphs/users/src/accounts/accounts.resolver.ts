import { type AuthContext, Credential, CurrentAuth, Public } from '@kit/auth';
import { Args, Directive, Field, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { AccountsService } from './accounts.service.js';

@InputType({ description: 'The input of `register`.' })
export class RegisterInput {
  @Field({ description: 'The e-mail address to log in with.' })
  email: string;

  @Field({ description: 'The password, from 10 to 128 characters long.' })
  password: string;

  @Field({
    description:
      'The name to show to other users, from 1 to 100 characters long. Surrounding spaces are removed.',
  })
  displayName: string;
}

@ObjectType({ description: 'The result of `register`.' })
export class RegisterPayload {
  @Field({
    description: 'Whether the request was accepted. Also true if the address already has an account.',
  })
  accepted: boolean;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}

@Resolver()
export class AccountsResolver {
  constructor(private readonly accounts: AccountsService) {}

  @Mutation(() => RegisterPayload, {
    description: 'Creates an account. The result does not reveal whether the address already has one.',
  })
  @Public()
  @Directive('@cost(weight: 50)')
  @Credential()
  async register(
    @Args('input', { description: 'The account to create.' }) input: RegisterInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<RegisterPayload> {
    const userErrors = await this.accounts.register(input, by);
    return { accepted: userErrors.length === 0, userErrors };
  }
}
