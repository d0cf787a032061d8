"""Pi from a fixed sequence of points: every run gives the same number."""
import random

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
points = 50_000


def inside(seed):
    dice = random.Random(seed)
    return sum(dice.random() ** 2 + dice.random() ** 2 < 1 for _ in range(points))


counts = spark.sparkContext.range(8, numSlices=8).map(inside).collect()
print("RESULT pi", 4 * sum(counts) / (points * len(counts)))
spark.stop()
