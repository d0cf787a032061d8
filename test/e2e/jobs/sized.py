"""Asks for executors of another size than the default, by a resource profile that sets memory, and with an argument its overhead, too."""
import sys

from pyspark.resource import ExecutorResourceRequests, ResourceProfileBuilder, TaskResourceRequests
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
asked = ExecutorResourceRequests().cores(1).memory("2g")
if len(sys.argv) > 1:
    asked = asked.memoryOverhead(sys.argv[1])
profile = ResourceProfileBuilder().require(asked).require(TaskResourceRequests().cpus(1)).build
spark.sparkContext.range(4, numSlices=2).withResources(profile).collect()
spark.stop()
