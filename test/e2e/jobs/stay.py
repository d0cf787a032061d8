"""Does some work with a shuffle and a cached table, and stays until it is killed."""
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.config("spark.sql.shuffle.partitions", "4").getOrCreate()
rows = spark.range(50_000, numPartitions=4).selectExpr("id", "id % 7 as k").cache()
print("RESULT stay", rows.groupBy("k").count().count(), flush=True)
time.sleep(3600)
