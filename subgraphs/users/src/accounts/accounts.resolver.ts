import { Args, Directive, Mutation, Resolver } from '@nestjs/graphql';
import { type AuthContext, CurrentAuth, Public } from '@kit/auth';

import { AccountsService } from './accounts.service.js';
import { RegisterInput } from './register.input.js';
import { RegisterPayload } from './register.payload.js';

@Resolver()
export class AccountsResolver {
  constructor(private readonly accounts: AccountsService) {}

  @Mutation(() => RegisterPayload, {
    description: 'Creates an account. The result does not reveal whether the address already has one.',
  })
  @Public()
  @Directive('@cost(weight: 50)')
  async register(
    @Args('input', { description: 'The account to create.' }) input: RegisterInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<RegisterPayload> {
    const userErrors = await this.accounts.register(input, by);
    return { accepted: userErrors.length === 0, userErrors };
  }
}
