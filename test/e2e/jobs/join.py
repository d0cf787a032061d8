"""Joins a cached table, nine tenths of whose rows have one key."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.config("spark.sql.shuffle.partitions", "8").config("spark.sql.autoBroadcastJoinThreshold", "-1").getOrCreate()
left = spark.range(300_000, numPartitions=4).selectExpr("if(id % 10 < 9, 0, id % 100) as k", "id as v").cache()
left.count()
right = spark.range(100).selectExpr("id as k", "id * id as w")
print("RESULT join", tuple(left.join(right, "k").selectExpr("count(*)", "sum(v % 1000 + w)").first()))
spark.stop()
