import { enumType } from '@kit/subgraph';
import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { SubscriberError } from '../../subscriber-error.type.js';
import type { OnImportExisting } from '../import.entity.js';
import type { ImportField } from '../reading/column-mapping.js';
import { SubscriberImport } from './subscriber-import.type.js';

const ImportFieldType = enumType<ImportField>('ImportField', 'What a column of a file contains.', {
  EMAIL: 'The e-mail address. Every file needs this column.',
  NAME: 'The name.',
  TAGS: 'Tags, separated by commas or semicolons. A tag with one of them is in quotation marks.',
  ATTRIBUTE: 'One attribute, as text. `attribute` is its name.',
  ATTRIBUTES: 'Attributes, as a JSON object.',
  ADDED_AT: 'When the subscriber was added, in ISO 8601.',
  CONFIRMED_AT: 'When the subscriber confirmed the address, in ISO 8601.',
  UNSUBSCRIBED_AT: 'When the subscriber unsubscribed, in ISO 8601. The row is imported as `UNSUBSCRIBED`.',
  STATUS:
    'The status: `ACTIVE`, `PENDING`, `BOUNCED`, `UNSUBSCRIBED` or `COMPLAINED`. It can only restrict: no import makes a subscriber active again.',
  IGNORE: 'Nothing that is imported.',
});

const OnImportExistingType = enumType<OnImportExisting>(
  'OnImportExisting',
  'How an import handles an address that is already on the list.',
  {
    SKIP: 'Leave the subscriber as it is.',
    UPDATE:
      'Set the name, add the tags, merge the attributes, and take over a status that restricts. Subscribers who do not want mail stay as they are.',
  },
);

@InputType({ description: 'What a column of the file contains.' })
export class ImportColumnInput {
  @Field(() => String, { description: 'The cell of the header line.' })
  header: string;

  @Field(() => ImportFieldType, { description: 'What the column contains.' })
  field: ImportField;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the attribute. Required with `ATTRIBUTE`, and not allowed with other fields.',
  })
  attribute?: string | null;
}

@InputType({ description: 'The input of `createSubscriberImport`.' })
export class CreateSubscriberImportInput {
  @Field(() => String, { description: 'The name of the file, at most 255 characters long.' })
  fileName: string;

  @Field(() => OnImportExistingType, {
    defaultValue: OnImportExistingType.SKIP,
    description: 'How to handle addresses that are already on the list.',
  })
  onExisting: OnImportExisting;

  @Field(() => [String], { nullable: true, description: 'Tags that every row gets.' })
  tags?: string[] | null;

  @Field(() => [ImportColumnInput], {
    nullable: true,
    description: 'What the columns contain. Columns that are left out are guessed by their headers.',
  })
  columns?: ImportColumnInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the new subscribers agreed to, as you state it. At most 2,000 characters.',
  })
  consentText?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether to read and check every row, report what would happen, and change nothing.',
  })
  dryRun: boolean;
}

@ObjectType({ description: 'The result of `createSubscriberImport`.' })
export class CreateSubscriberImportPayload {
  @Field(() => SubscriberImport, {
    nullable: true,
    description: 'The new import. Null if there are user errors.',
  })
  subscriberImport: SubscriberImport | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Upload the file to this address with `PUT`, within an hour. It is shown once. Null if there are user errors.',
  })
  uploadUrl: string | null;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@InputType({ description: 'The input of `cancelSubscriberImport`.' })
export class CancelSubscriberImportInput {
  @Field(() => ID, { description: 'The id of the import.' })
  id: string;
}

@ObjectType({ description: 'The result of `cancelSubscriberImport`.' })
export class CancelSubscriberImportPayload {
  @Field(() => SubscriberImport, {
    nullable: true,
    description:
      'The import afterwards. One that has ended before keeps its status. Null if there are user errors.',
  })
  subscriberImport: SubscriberImport | null;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}
