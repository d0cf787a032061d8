# syntax=docker/dockerfile:1
# A Scala application: sbt builds it in a stage of its own, and the image holds its jar alone.
# Expects build.sbt with sbt-assembly, project/ and src/.
ARG SPARK_VERSION=4.1.2

FROM eclipse-temurin:17-jdk-jammy AS build
ARG SBT_VERSION=1.11.7
RUN curl -fsSL "https://github.com/sbt/sbt/releases/download/v${SBT_VERSION}/sbt-${SBT_VERSION}.tgz" | tar -xz -C /opt
WORKDIR /src
# Dependencies change seldom: their layer is taken from the cache when only sources change.
COPY build.sbt ./
COPY project project
RUN --mount=type=cache,target=/root/.cache/coursier --mount=type=cache,target=/root/.sbt /opt/sbt/bin/sbt -batch update
COPY src src
RUN --mount=type=cache,target=/root/.cache/coursier --mount=type=cache,target=/root/.sbt \
    /opt/sbt/bin/sbt -batch assembly && mkdir /out && cp target/scala-2.13/*-assembly-*.jar /out/app.jar

FROM apache/spark:${SPARK_VERSION}-scala2.13-java17-ubuntu
COPY --from=build --chown=185:0 /out/app.jar /opt/app/app.jar
USER 185
