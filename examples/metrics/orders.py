"""An application with metrics of its own. It runs as long as its stream does."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()


def metrics(*names):
    """Accumulators that Spark serves with its own metrics. Call it once, with all names."""
    jvm, context = spark._jvm, spark.sparkContext._jsc.sc()
    made, by_name = [context.longAccumulator(name) for name in names], jvm.java.util.HashMap()
    for name, accumulator in zip(names, made):
        by_name.put(name, accumulator)
    source = getattr(getattr(jvm.org.apache.spark.metrics.source, "LongAccumulatorSource$"), "MODULE$")
    source.register(context, jvm.PythonUtils.toScalaMap(by_name))
    return made


accepted, rejected, last_batch = metrics("accepted", "rejected", "lastBatch")


def count(batch, number):
    """Runs in the driver."""
    rows, bad = batch.count(), batch.where("value % 10 = 0").count()
    accepted.add(rows - bad)
    rejected.add(bad)
    last_batch.setValue(number)


orders = spark.readStream.format("rate").option("rowsPerSecond", 10).load()
orders.writeStream.queryName("orders").foreachBatch(count).start().awaitTermination()
