"""A driver in client mode that asks for executors and waits until it is ended from outside."""
import os
import threading
import time

from pyspark.sql import SparkSession

parent = os.getppid()
spark = SparkSession.builder.getOrCreate()

if os.environ.get("PROFILE"):
    from pyspark.resource import ExecutorResourceRequests, ResourceProfileBuilder, TaskResourceRequests

    executor = ExecutorResourceRequests().memory("3g").memoryOverhead("700m").cores(2).resource("gpu", 1, "", "example.com")
    profile = ResourceProfileBuilder().require(executor).require(TaskResourceRequests().cpus(1)).build
    rdd = spark.sparkContext.parallelize(range(4), 2).withResources(profile)
    threading.Thread(target=lambda: rdd.map(lambda x: x + 1).collect(), daemon=True).start()

end = time.time() + 120
while time.time() < end and os.getppid() == parent:
    time.sleep(0.5)
os._exit(0)
