import { Field, ID, InputType, registerEnumType } from '@nestjs/graphql';
import { OnExisting } from './add-subscriber-request.js';

registerEnumType(OnExisting, {
  name: 'OnExisting',
  description: 'What to do when the address is on the list already: hand it back, or say so as a user error.',
  valuesMap: {
    RETURN: { description: 'Hand back who is there.' },
    FAIL: { description: 'Answer with the user error ALREADY_EXISTS.' },
  },
});

@InputType({ description: 'Whom to put on the list.' })
export class AddSubscriberInput {
  @Field(() => String, { description: 'The e-mail address; kept as typed, unique whatever its spelling.' })
  email: string;

  @Field(() => String, { nullable: true, description: 'What to call them, in at most 200 characters.' })
  name?: string | null;

  @Field(() => OnExisting, {
    nullable: true,
    defaultValue: OnExisting.RETURN,
    description: 'What to do when the address is on the list already.',
  })
  onExisting?: OnExisting | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Makes a retry safe: the same input again under the same key is answered as the first time. 1 to 255 characters, of your own choice.',
  })
  idempotencyKey?: string | null;
}
