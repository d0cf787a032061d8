// Package image makes container images from folders, without a daemon and without a registry: archives that containerd imports.
// Spark's images are made from a Debian root, PySpark's distribution and an entrypoint that does what the one of Spark's own images does.
package image
