import { CurrentViewer, type Viewer } from '@kit/auth';
import { enumType, UserError } from '@kit/subgraph';
import { Args, Field, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { $Item } from './$one.type.js';
import { $ItemsService } from './$name.service.js';

const LONGEST_TEXT = 1_000;

const $ItemErrorCode = enumType('$ItemErrorCode', 'The reasons why a change of $words can fail.', {
  INVALID_INPUT: 'A value is too long or empty. `field` names it.',
});

@InputType({ description: 'The input of `add$Item`.' })
class Add$ItemInput {
  @Field(() => String, { description: 'The text, from 1 to 1000 characters long.' })
  text: string;
}

@ObjectType({ implements: UserError, description: 'A reason why a change of $words failed.' })
class $ItemError extends UserError {
  @Field(() => $ItemErrorCode, { description: 'The reason for the error, as a code for programs.' })
  code: keyof typeof $ItemErrorCode;
}

@ObjectType({ description: 'The result of `add$Item`.' })
class Add$ItemPayload {
  @Field(() => $Item, { nullable: true, description: 'The new $word. Null if there are user errors.' })
  $item: $Item | null;

  @Field(() => [$ItemError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: $ItemError[];
}

@Resolver()
export class Add$ItemResolver {
  constructor(private readonly service: $ItemsService) {}

  @Mutation(() => Add$ItemPayload, { nullable: true, description: 'Adds one of the $words.' })
  async add$Item(
    @Args('input', { type: () => Add$ItemInput, description: 'The $word to add.' }) { text }: Add$ItemInput,
    @CurrentViewer() { userId }: Viewer,
  ): Promise<Add$ItemPayload> {
    const trimmed = text.trim();
    if (trimmed.length < 1 || trimmed.length > LONGEST_TEXT) {
      const message = `Use a text of 1 to ${LONGEST_TEXT} characters.`;
      return { $item: null, userErrors: [{ code: 'INVALID_INPUT', message, field: ['input', 'text'] }] };
    }
    return { $item: await this.service.add(trimmed, userId), userErrors: [] };
  }
}
