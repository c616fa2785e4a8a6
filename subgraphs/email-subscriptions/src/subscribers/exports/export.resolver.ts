import {
  type AuthContext,
  CurrentAuth,
  CurrentViewer,
  RequiresScopes,
  requireScopes,
  type Viewer,
} from '@kit/auth';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { invalidInput } from '../subscriber-error.js';
import { CreateSubscriberExportInput } from './create-subscriber-export.input.js';
import { CreateSubscriberExportPayload } from './create-subscriber-export.payload.js';
import { isPersonal, orderedFields } from './export-fields.js';
import { SubscriberExports } from './subscriber-exports.js';

@Resolver()
export class ExportResolver {
  constructor(private readonly exports: SubscriberExports) {}

  @Mutation(() => CreateSubscriberExportPayload, {
    nullable: true,
    description: 'Creates an address from which the list can be downloaded as a file, once, within an hour.',
  })
  @RequiresScopes('subscribers:export')
  async createSubscriberExport(
    @Args('input', { type: () => CreateSubscriberExportInput, description: 'What to export.' })
    input: CreateSubscriberExportInput,
    @CurrentViewer() { userId }: Viewer,
    @CurrentAuth() auth: AuthContext,
  ) {
    const fields = orderedFields(input.fields);
    if (isPersonal(fields)) requireScopes(auth, ['subscribers:pii']);
    if (fields.length === 0) {
      const error = invalidInput('fields', 'Name at least one field, or leave out the list.');
      return { downloadUrl: null, expiresAt: null, rows: null, userErrors: [error] };
    }
    const created = await this.exports.create(input.format, fields, input.filter ?? {}, userId);
    return { ...created, userErrors: [] };
  }
}
