import java.util.{Collections, Map => JavaMap}

import com.codahale.metrics.{Counter, DefaultSettableGauge, Histogram, UniformReservoir}
import org.apache.spark.SparkContext
import org.apache.spark.api.plugin.{DriverPlugin, ExecutorPlugin, PluginContext, SparkPlugin}
import org.apache.spark.metrics.source.LongAccumulatorSource
import org.apache.spark.sql.{DataFrame, SparkSession}

/** The metrics of the application. All of them are in the driver. */
object OrderMetrics {
  val accepted = new Counter
  val lastBatch = new DefaultSettableGauge[Long](0L)
  val batchRows = new Histogram(new UniformReservoir)
}

/** Gives the metrics to Spark: set spark.plugins=OrderPlugin. */
class OrderPlugin extends SparkPlugin {
  override def driverPlugin(): DriverPlugin = new DriverPlugin {
    override def init(context: SparkContext, plugin: PluginContext): JavaMap[String, String] = {
      plugin.metricRegistry.register("accepted", OrderMetrics.accepted)
      plugin.metricRegistry.register("lastBatch", OrderMetrics.lastBatch)
      plugin.metricRegistry.register("batchRows", OrderMetrics.batchRows)
      Collections.emptyMap()
    }
  }

  /** None: Prometheus cannot ask an executor. */
  override def executorPlugin(): ExecutorPlugin = null
}

/** An application that runs as long as its stream does. */
object Orders {
  def main(args: Array[String]): Unit = {
    val spark = SparkSession.builder().appName("orders").getOrCreate()
    // What tasks count reaches the driver by an accumulator.
    val rejected = spark.sparkContext.longAccumulator("rejected")
    LongAccumulatorSource.register(spark.sparkContext, Map("rejected" -> rejected))

    val count = (batch: DataFrame, id: Long) => {
      val rows = batch.rdd.filter { row =>
        val bad = row.getAs[Long]("value") % 10 == 0
        if (bad) rejected.add(1)
        !bad
      }.count()
      OrderMetrics.accepted.inc(rows)
      OrderMetrics.lastBatch.setValue(id)
      OrderMetrics.batchRows.update(rows)
    }
    spark.readStream.format("rate").option("rowsPerSecond", 10).load()
      .writeStream.queryName("orders").foreachBatch(count).start().awaitTermination()
  }
}
