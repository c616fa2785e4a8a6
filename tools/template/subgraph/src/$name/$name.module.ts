import { Module } from '@nestjs/common';
import { Add$ItemResolver } from './add-$one.resolver.js';
import { $ItemAddedResolver } from './$one-added.resolver.js';
import { $ItemsResolver } from './$name.resolver.js';
import { $ItemsService } from './$name.service.js';

@Module({ providers: [$ItemsService, $ItemsResolver, Add$ItemResolver, $ItemAddedResolver] })
export class $ItemsModule {}
