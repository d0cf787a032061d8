// Package setup brings what the node and its jobs are made of into the cache, before the network is left: programs, Debian roots, Spark
// distributions, images. A second call finds all of it there, but for what is built from this checkout.
package setup
