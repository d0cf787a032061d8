"""An executor writes more to its scratch volume than that may hold, and waits: the kubelet evicts it."""
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def fill(_):
    with open("/scratch/block", "wb") as block:
        for _ in range(64):
            block.write(bytes(1 << 20))
    time.sleep(120)


spark.sparkContext.range(1, numSlices=1).foreach(fill)
spark.stop()
