"""Does the work of jobs that are badly configured: the first argument says which."""
import sys
import time

from pyspark.sql import SparkSession

what = sys.argv[1]
spark = SparkSession.builder.config("spark.sql.autoBroadcastJoinThreshold", "-1").getOrCreate()
sc = spark.sparkContext


def heap():
    """A value of 400 MB on the heap of an executor."""
    return spark.range(2, numPartitions=2).selectExpr("sum(length(repeat('x', cast(id as int) + 400000000)))").first()[0]


def python():
    """So many MiB of memory in Python, which grow in a quarter of a minute."""
    size = int(sys.argv[2])

    def take(numbers):
        held = []
        for _ in range(size // 10):
            held.append(b"x" * (10 << 20))
            time.sleep(0.2)
        yield len(held) + sum(numbers)

    return sc.range(4, numSlices=2).mapPartitions(take).collect()


def small():
    """Little memory, for half a minute."""
    return [spark.range(3_000_000, numPartitions=4).selectExpr(f"sum(pmod(hash(id), {n}))").first()[0] for n in range(2, 60)]


def slots():
    """Each task holds one or two values of 70 MB on the heap, again and again: those of eight tasks do not fit, and executors are lost. Those of two do."""
    one = "length(reverse(repeat('x', 70000000 + cast(id % 2 as int))))"
    return spark.range(24 * 3, numPartitions=24).selectExpr(f"sum({one})").first()[0]


def partitions():
    """A small table is grouped, again and again."""
    return [spark.range(20_000, numPartitions=4).selectExpr(f"id % {n} as k").groupBy("k").count().count() for n in (101, 211, 307)]


def rows():
    """The rows of a large table are sorted in 64 groups, and numbered."""
    table = spark.range(12_000_000, numPartitions=8).selectExpr("id", "pmod(hash(id), 100003) as k")
    numbered = table.selectExpr("k", "row_number() over (partition by pmod(k, 64) order by k, id) as n")
    return numbered.selectExpr("sum(n * pmod(k, 7))").first()[0]


def work():
    """Tasks that compute, on 60 million rows or as many millions as the second argument says."""
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    return spark.range(rows * 1_000_000, numPartitions=24).selectExpr("sum(pmod(hash(id, id * 7, cast(id as string)), 1009))").first()[0]


print("RESULT", what, {f.__name__: f for f in (heap, python, small, slots, partitions, rows, work)}[what]())
spark.stop()
