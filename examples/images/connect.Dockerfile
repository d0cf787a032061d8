# syntax=docker/dockerfile:1
# A Spark Connect server from Spark's archive: a stage fetches and trims it, and the image begins from a JRE.
ARG SPARK_VERSION=4.1.2

FROM eclipse-temurin:17-jre-jammy AS spark
ARG SPARK_VERSION
# A mirror inside your network saves the way to Apache's.
ARG SPARK_MIRROR=https://archive.apache.org/dist/spark
RUN mkdir /opt/spark \
    && curl -fsSL "${SPARK_MIRROR}/spark-${SPARK_VERSION}/spark-${SPARK_VERSION}-bin-hadoop3.tgz" | tar -xz -C /opt/spark --strip-components=1 \
    && rm -rf /opt/spark/examples /opt/spark/data /opt/spark/yarn /opt/spark/R /opt/spark/kubernetes/tests \
    && mkdir /opt/spark/work-dir /opt/spark/logs

FROM eclipse-temurin:17-jre-jammy
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini procps \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 185 --gid 0 --no-create-home --home-dir /opt/spark/work-dir spark
COPY --from=spark --chown=185:0 /opt/spark /opt/spark
ENV SPARK_HOME=/opt/spark SPARK_NO_DAEMONIZE=true
WORKDIR /opt/spark/work-dir
EXPOSE 15002 4040
USER 185:0
ENTRYPOINT ["/usr/bin/tini", "--", "/opt/spark/sbin/start-connect-server.sh"]
