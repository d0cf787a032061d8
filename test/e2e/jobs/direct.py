"""Takes 1.5 GB of memory outside of the heap, in the JVM of the driver or of an executor: the kernel kills it at its limit."""
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
if sys.argv[1] == "driver":
    buffer = spark._jvm.java.nio.ByteBuffer.allocateDirect(1_500_000_000)
else:
    spark.range(1).selectExpr("reflect('java.nio.ByteBuffer', 'allocateDirect', cast(id as int) + 1500000000)").collect()
spark.stop()
