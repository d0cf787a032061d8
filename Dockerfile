# The webhook: one static binary, no shell, a user without rights.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=0.1.0-dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /spark-webhook ./cmd/spark-webhook

FROM scratch
COPY --from=build /spark-webhook /spark-webhook
COPY LICENSE /LICENSE
USER 65532:65532
EXPOSE 9443 8080
ENTRYPOINT ["/spark-webhook"]
