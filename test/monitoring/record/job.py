"""Works until it is killed: jobs with a shuffle, a task that fails, a job that gets no executors, and a streaming query with state."""
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf, window

spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")

stream = (
    spark.readStream.format("rate").option("rowsPerSecond", 50).load()
    .withWatermark("timestamp", "5 seconds").groupBy(window("timestamp", "2 seconds")).count()
    .writeStream.queryName("orders").format("noop").outputMode("update").trigger(processingTime="2 seconds").start()
)


@udf("long")
def fails_once(n):
    from pyspark import TaskContext
    if n == 0 and TaskContext.get().attemptNumber() == 0:
        raise ValueError("once")
    return n


rows = spark.range(200_000, numPartitions=8).selectExpr("id", "id % 7 as k").cache()
rows.groupBy("k").count().count()
spark.range(10, numPartitions=2).select(fails_once("id")).collect()
print("READY", flush=True)
while stream.isActive:
    rows.groupBy("k").count().count()
    time.sleep(1)
