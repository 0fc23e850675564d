# All services in one image; a container's first argument names the one it runs. What is in it is put together by
# `pnpm image`, which makes the same image as an archive where there is no Docker, and reads these last lines.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /tillstream
COPY . .
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile
RUN npx --yes pnpm@12.21.0 image --root /image

FROM scratch
COPY --from=build /image /
ARG VERSION=dev
ENV PATH=/usr/bin NODE_ENV=production TILLSTREAM_VERSION=${VERSION}
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["node", "--conditions=@tillstream/source", "entry.ts"]
CMD ["--help"]
