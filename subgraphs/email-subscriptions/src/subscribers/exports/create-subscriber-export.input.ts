import { enumType } from '@kit/subgraph';
import { Field, InputType } from '@nestjs/graphql';
import { SubscriberFilterInput } from '../list/subscriber-filter.input.js';
import type { ExportField, ExportFormat } from './export-fields.js';

const ExportFormatType = enumType<ExportFormat>('ExportFormat', 'The format of an export.', {
  CSV: 'Comma-separated values with a header, in UTF-8. `createSubscriberImport` reads it.',
  NDJSON: 'One JSON object a line, with the names of the fields of `Subscriber`.',
});

const ExportFieldType = enumType<ExportField>('ExportField', 'A field of an export.', {
  ID: 'The id of the subscriber.',
  EMAIL: 'The e-mail address.',
  NAME: 'The name.',
  STATUS: 'The status.',
  TAGS: 'The tags, separated by commas in a CSV file.',
  ATTRIBUTES: 'The attributes, as JSON.',
  SOURCE: 'How the subscriber came to the list.',
  ADDED_AT: 'The time at which the subscriber was added.',
  CONFIRMED_AT: 'The time at which the subscriber confirmed the address.',
  UNSUBSCRIBED_AT: 'The time since which the subscriber does not want mail.',
  CONSENT: 'The evidence of consent, as JSON. Requires `subscribers:pii`.',
  UNSUBSCRIBE_URL: 'The link with which the subscriber unsubscribes. Requires `subscribers:pii`.',
});

@InputType({ description: 'The input of `createSubscriberExport`.' })
export class CreateSubscriberExportInput {
  @Field(() => ExportFormatType, {
    defaultValue: ExportFormatType.CSV,
    description: 'The format of the file.',
  })
  format: ExportFormat;

  @Field(() => SubscriberFilterInput, {
    nullable: true,
    description: 'The subscribers to export. By default all but erased ones.',
  })
  filter?: SubscriberFilterInput | null;

  @Field(() => [ExportFieldType], {
    nullable: true,
    description:
      'The fields of the file. Their order does not matter: columns have the order of `ExportField`. By default those that an import reads.',
  })
  fields?: ExportField[] | null;
}
