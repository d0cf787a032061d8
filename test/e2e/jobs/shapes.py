"""Runs one of eight jobs of different shape: what event logs of several numbers of executors are recorded from. The second argument is
its size: about the processor seconds that its tasks take on warm executors."""
import random
import sys

from pyspark.sql import SparkSession

shape, size = sys.argv[1], int(sys.argv[2])
spark = (
    SparkSession.builder.appName(shape)  # the same for all sizes: a prediction is for the application of a name
    .config("spark.sql.shuffle.partitions", "16")
    .config("spark.sql.autoBroadcastJoinThreshold", "-1")
    .getOrCreate()
)
sc = spark.sparkContext


def rows(n, parts):
    return spark.range(n * size, numPartitions=parts)


def scan():
    """One stage of many even tasks."""
    return rows(6_000_000, 48).selectExpr("sum(pmod(hash(id, id * 7, cast(id as string)), 1009))").first()[0]


def shuffle():
    """Rows change places twice."""
    first = rows(1_200_000, 24).selectExpr("pmod(hash(id), 50021) as k", "id as v").repartition(24, "k")
    return first.groupBy("k").count().selectExpr("pmod(hash(k), 101) as j", "count as c").groupBy("j").sum("c").count()


def skew():
    """One task has most of the rows."""
    pairs = sc.range(250_000 * size, numSlices=16).map(lambda i: (0 if i % 10 < 5 else i % 16, i))
    return sum(v for _, v in pairs.partitionBy(16).mapValues(lambda v: (v * v + 7) % 1009).reduceByKey(max).collect())


def cache():
    """A cached table is read again and again. It fits into the memory of one executor."""
    table = rows(700_000, 12).selectExpr("id", "pmod(hash(id), 97) as k").cache()
    return [table.selectExpr(f"sum(pmod(hash(id, k, cast(id as string)), {n}))").first()[0] for n in range(3, 11)]


def python():
    """Tasks are Python's work."""

    def inside(seed):
        r = random.Random(seed)
        return sum(r.random() ** 2 + r.random() ** 2 < 1 for _ in range(150_000 * size))

    return sc.range(32, numSlices=32).map(inside).sum()


def stages():
    """Many small jobs, one after the other."""
    return [rows(800_000, 6).selectExpr(f"id % {n} as k").groupBy("k").count().count() for n in range(3, 23)]


def join():
    """Two tables are sorted and merged."""
    left = rows(400_000, 16).selectExpr("pmod(hash(id), 30011) as k", "id as v")
    right = spark.range(30_011, numPartitions=8).selectExpr("id as k", "id * id as w")
    return tuple(left.join(right, "k").selectExpr("count(*)", "sum(pmod(hash(v, cast(v as string), cast(w as string)), 1009))").first())


def rounds():
    """The driver works between the jobs, and each waits for the one before."""
    middle = 0.5
    points = sc.range(180_000 * size, numSlices=12).map(lambda i: (i * 7919 % 10_007) / 10_007).cache()
    for _ in range(8):
        near = points.map(lambda p, m=middle: (p, 1) if abs(p - m) < 0.3 else (0.0, 0))
        total, count = near.reduce(lambda a, b: (a[0] + b[0], a[1] + b[1]))
        middle = total / max(count, 1)
        sum(i * i % 7 for i in range(3_000_000))
    return round(middle, 6)


print("RESULT", shape, {f.__name__: f for f in (scan, shuffle, skew, cache, python, stages, join, rounds)}[shape]())
spark.stop()
