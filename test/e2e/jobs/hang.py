"""The SparkContext is stopped, but a thread of the driver lives on: the driver's pod keeps its memory."""
import threading
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print("RESULT count", spark.range(10).count())
threading.Thread(target=time.sleep, args=(600,)).start()
spark.stop()
