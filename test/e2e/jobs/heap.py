"""Takes more memory than there is: heap in the JVM of an executor, which then ends by itself, or of the driver; or memory in Python."""
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
where = sys.argv[1] if len(sys.argv) > 1 else "executor"
if where == "driver":
    spark._jvm.java.util.ArrayList(2_000_000_000)
elif where == "python":
    spark.sparkContext.range(1).map(lambda n: len(bytearray(2_000_000_000))).collect()
else:
    spark.range(1).selectExpr("length(repeat('x', cast(id as int) + 1500000000))").collect()
spark.stop()
