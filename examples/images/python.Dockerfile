# syntax=docker/dockerfile:1
# A Python application: a stage installs its packages, and the image gets them without pip's cache and compilers.
# Expects requirements.txt and app/.
ARG SPARK_VERSION=4.1.2

# The Python of Spark's image: packages with native code fit no other.
FROM python:3.10-slim-bookworm AS packages
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip install --target=/packages -r requirements.txt

FROM apache/spark:${SPARK_VERSION}-scala2.13-java17-python3-ubuntu
COPY --from=packages --chown=185:0 /packages /opt/packages
ENV PYTHONPATH=/opt/packages
COPY --chown=185:0 app/ /opt/app/
USER 185
