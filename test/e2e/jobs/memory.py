"""Takes memory in Python, which spark.executor.pyspark.memory limits: the limit that each process has, and what it took."""
import resource

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def take(numbers):
    block = bytearray(40_000_000)
    for n in numbers:
        yield resource.getrlimit(resource.RLIMIT_AS)[0] >> 20, len(block), n


taken = spark.sparkContext.range(40, numSlices=4).mapPartitions(take).collect()
print("RESULT memory", sorted({limit for limit, _, _ in taken}), sum(size + n for _, size, n in taken))
spark.stop()
