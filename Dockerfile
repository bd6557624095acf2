# The image of the daemon and of all its commands: `docker run … token-refresh-worker accounts list`.
FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production

# Production dependencies only: none of them needs an install script. Optional ones are peers of theirs, such as the
# compiler that checks our types, and native parts that have a stand-in.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force

COPY src ./src
COPY migrations ./migrations
COPY LICENSE ./

# New tokens on their way into the database, for the container that takes this one's place. Nothing else is written below
# /app: the file system can be read-only, with a volume here and a tmpfs at /tmp for imports.
RUN mkdir -m 700 data && chown node:node data
ENV DATA_DIR=/app/data
USER node
ENV HOST=0.0.0.0
EXPOSE 4100
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4100}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# Not through npm or a shell: signals reach node itself, which then finishes what it has sent; prlimit becomes node. A core
# dump would hold open tokens and the keys. One byte is too little for any, and the only limit that the kernel also keeps
# where it hands dumps to a program of the host. SIGUSR1 would open a debugger.
ENTRYPOINT ["prlimit", "--core=1", "node", "--disable-sigusr1", "src/main.ts"]
CMD ["daemon"]
