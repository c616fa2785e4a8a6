import { CurrentViewer, type Viewer } from '@kit/auth';
import { Args, Field, InputType, Mutation, ObjectType, registerEnumType, Resolver } from '@nestjs/graphql';
import { $Item } from './$one.type.js';
import { $ItemsService } from './$name.service.js';

const LONGEST_TEXT = 1_000;

const $ItemErrorCode = { INVALID_INPUT: 'INVALID_INPUT' } as const;

registerEnumType($ItemErrorCode, {
  name: '$ItemErrorCode',
  description: 'The reasons why a change of $words can fail.',
  valuesMap: { INVALID_INPUT: { description: 'A value is too long or empty. `field` names it.' } },
});

@InputType({ description: 'The input of `add$Item`.' })
class Add$ItemInput {
  @Field(() => String, { description: 'The text, from 1 to 1000 characters long.' })
  text: string;
}

@ObjectType({ description: 'A reason why a change of $words failed.' })
class $ItemError {
  @Field(() => String, { description: 'A message for people: the problem, and how to solve it.' })
  message: string;

  @Field(() => [String], { nullable: true, description: 'The path of the invalid argument.' })
  field: string[] | null;

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
    @Args('input', { type: () => Add$ItemInput, description: 'What to add.' }) { text }: Add$ItemInput,
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
