"""Runs 75 tasks of four seconds each, and says how many there were and the sum of their numbers."""
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def wait(number):
    time.sleep(4)
    return number


numbers = spark.sparkContext.range(75, numSlices=75).map(wait).collect()
print("RESULT tasks", len(numbers), sum(numbers))
spark.stop()
