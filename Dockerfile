# The whole hub: docker build -t brainall . && docker run -p 127.0.0.1:3000:3000 -v brainall:/data brainall
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY adapters/matrix/crypto-stub adapters/matrix/crypto-stub
# No package's install script runs; native add-ons come prebuilt.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates ffmpeg tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node -m 0700 /data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY config config
COPY migrations migrations
COPY adapters adapters
COPY workers workers
COPY src src
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data SIMULATOR=off
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# tini reaps what run programs leave behind and hands SIGTERM on; the hub then drains.
ENTRYPOINT ["tini", "--"]
CMD ["node", "--max-semi-space-size=4", "src/entry/hub.ts"]
