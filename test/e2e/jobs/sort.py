"""Shuffles generated rows and sorts them: the ends of the sorted rows, and a sum over all."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.config("spark.sql.shuffle.partitions", "8").getOrCreate()
rows = spark.range(400_000, numPartitions=8).selectExpr("id", "pmod(hash(id), 100003) as k").repartition(8, "k").orderBy("k", "id")
first, last = rows.take(2), rows.tail(2)
total = rows.selectExpr("sum(k * (id % 97))").first()[0]
print("RESULT sort", [tuple(row) for row in first + last], total)
spark.stop()
