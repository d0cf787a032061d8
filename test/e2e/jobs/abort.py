"""A signal ends the JVM of the driver or of an executor, as a crash of native code does."""
import os
import signal
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
if sys.argv[1] == "driver":
    os.kill(spark._jvm.java.lang.ProcessHandle.current().pid(), signal.SIGABRT)
else:
    # Python's worker is a child of the daemon, and that of the JVM: the first process of the container is left out.
    def end(_):
        with open("/proc/%d/status" % os.getppid()) as status:
            parent = next(line for line in status if line.startswith("PPid:"))
        os.kill(int(parent.split()[1]), signal.SIGABRT)

    spark.sparkContext.range(1, numSlices=1).foreach(end)
spark.stop()
