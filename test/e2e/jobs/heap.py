"""Takes more heap than there is, in the JVM of an executor: it ends by itself."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(1).selectExpr("length(repeat('x', cast(id as int) + 1500000000))").collect()
spark.stop()
