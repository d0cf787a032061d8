#!/bin/sh
# Prints the rows of regions.tsv: regions.sh CLASSPATH, which names the jars of one distribution and the compiled Regions.
set -eu
opens="--add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/java.nio=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED"
run() { java $opens $1 -cp "$CP" Regions $2; }
CP=$1
for heap in 450m 512m 1g 4g 16g; do
  for gc in G1 Parallel Serial; do
    run "-Xmx$heap -XX:+Use${gc}GC" 4
  done
done
run "-Xmx4g -XX:+UseG1GC" "1 spark.memory.fraction=0.75 spark.memory.storageFraction=0.3"
run "-Xmx4g -XX:+UseG1GC" "16 spark.memory.fraction=0.1 spark.memory.storageFraction=0"
run "-Xmx4g -XX:+UseG1GC" "2 spark.memory.offHeap.enabled=true spark.memory.offHeap.size=3g"
run "-Xmx4g -XX:+UseG1GC" "2 spark.memory.offHeap.size=3g"
run "-Xmx4g -XX:+UseG1GC" "2 spark.memory.offHeap.enabled=true spark.memory.offHeap.size=1000 spark.memory.storageFraction=0.9"
run "-Xmx4g -XX:+UseG1GC" "1 spark.executor.memory=449m"
run "-Xmx4g -XX:+UseG1GC" "1 spark.executor.memory=450m"
