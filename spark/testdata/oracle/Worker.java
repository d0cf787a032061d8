import java.lang.management.*;
import org.apache.spark.*;
import org.apache.spark.deploy.worker.*;
/** Prints what the real standalone worker offers of the memory and processors that its JVM sees. */
public class Worker {
  public static void main(String[] a) throws Exception {
    long total = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    WorkerArguments w = new WorkerArguments(new String[] {"spark://h:1"}, new SparkConf(false));
    System.out.println(org.apache.spark.package$.MODULE$.SPARK_VERSION() + "\t" + total + "\t" + Runtime.getRuntime().availableProcessors() + "\t" + w.memory() + "\t" + w.cores());
    System.exit(0);
  }
}
