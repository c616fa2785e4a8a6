# One image for each service: docker build --build-arg SERVICE=gateway .
# SERVICE is the folder of the service: gateway, or a folder in subgraphs.

FROM node:24-bookworm-slim AS base
WORKDIR /app

# Only the files that decide which packages are installed, so that a change of code keeps the cached installation.
FROM base AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
 && find . -type d -empty -delete

FROM base AS build
COPY --from=manifests /app ./
# The compiler needs no install scripts. Its program for this platform is an optional package.
RUN npm ci --ignore-scripts
COPY . .
# Declared after the shared layers, so that all services use the same cache.
ARG SERVICE
RUN npx tsc -b "${SERVICE:?give it with --build-arg}" \
 && mkdir /out && cp -r --parents packages/*/dist "$SERVICE/dist" supergraph.graphql /out

# The production dependencies of this service. npm's --workspace would also install development dependencies and
# optional peers of other workspaces, so these are removed from the manifest first. The versions are those of the lock
# file, which `npm ci` has checked above.
FROM base AS dependencies
COPY --from=manifests /app ./
ARG SERVICE
RUN npm pkg set --json "workspaces=[\"packages/*\", \"$SERVICE\"]" \
 && npm pkg delete devDependencies \
 && npm pkg delete devDependencies --workspaces \
 && npm install --omit=dev --ignore-scripts

# All files belong to root, so the service cannot change its code.
FROM base
ARG SERVICE
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=dependencies /app/packages ./packages
COPY --from=dependencies /app/$SERVICE ./$SERVICE
COPY --from=build /out ./
# Each container has its own address, so every service can use the same port. Only the gateway reads SUPERGRAPH_FILE.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 SUPERGRAPH_FILE=/app/supergraph.graphql
EXPOSE 4000
WORKDIR /app/$SERVICE
USER node
# The image has no curl. Each readiness check takes at most 2 s.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell in between, so that SIGTERM reaches the service and it drains.
CMD ["node", "--enable-source-maps", "dist/main.js"]
