import 'reflect-metadata';
import { printSubgraphSchema } from '@apollo/subgraph';
import { expect, test } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Field,
  GraphQLSchemaHost,
  Int,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { Public, RequiresScopes } from '@kit/auth';
import { createLogger } from '@kit/service';
import { subgraphGraphQL } from './graphql.js';

@ObjectType()
class Thing {
  @Field(() => Int)
  plain: number;
}

@Resolver(() => Thing)
class ThingResolver {
  @Query(() => Thing)
  bare() {
    return { plain: 1 };
  }

  @Query(() => Int, { name: 'renamed' })
  named() {
    return 1;
  }

  @Query(() => Int)
  @Public()
  open() {
    return 1;
  }

  @Mutation(() => Int)
  @RequiresScopes('orders:read', 'orders:admin')
  scoped() {
    return 1;
  }

  @Subscription(() => Int)
  live() {
    return undefined;
  }

  @ResolveField(() => Int)
  @RequiresScopes('invoices:read')
  nested() {
    return 1;
  }
}

@Resolver()
@Public()
class OpenResolver {
  @Query(() => Int)
  openByClass() {
    return 1;
  }

  @Query(() => Int)
  @RequiresScopes('orders:read')
  closedAllTheSame() {
    return 1;
  }
}

@Module({
  imports: [subgraphGraphQL(createLogger('test', 'silent'))],
  providers: [ThingResolver, OpenResolver],
})
class TestModule {}

test('the SDL has the requirements that the guard enforces', async () => {
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  const sdl = printSubgraphSchema(app.get(GraphQLSchemaHost).schema);
  await app.close();
  const said = Object.fromEntries(
    sdl
      .split('\n')
      .flatMap((line) => [/^  (\w+): [\w!]+(.*)$/.exec(line)])
      .flatMap((found) => (found ? [[found[1], found[2]?.trim()]] : [])),
  );
  expect(said).toMatchObject({
    bare: '@authenticated',
    renamed: '@authenticated',
    live: '@authenticated',
    open: '',
    openByClass: '',
    scoped: '@requiresScopes(scopes: [["orders:read", "orders:admin"]])',
    closedAllTheSame: '@requiresScopes(scopes: [["orders:read"]])',
    nested: '@requiresScopes(scopes: [["invoices:read"]])',
    plain: '',
  });
  expect(sdl).toMatch(/import: \[.*"@authenticated", "@requiresScopes".*\]/);
});
