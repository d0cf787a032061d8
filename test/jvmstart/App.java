import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** An application on the standalone master that the argument names: it ends once it has an executor. */
public class App {
    public static void main(String[] args) throws Exception {
        // The executor's JVM prints the classes that it loads: more than half a megabyte.
        SparkConf conf = new SparkConf().setAppName("logs").setMaster(args[0]).set("spark.ui.enabled", "false").set("spark.executor.memory", "512m")
            .set("spark.executor.extraJavaOptions", "-Xlog:class+load=debug");
        try (JavaSparkContext context = new JavaSparkContext(conf)) {
            for (int i = 0; i < 600 && context.sc().statusTracker().getExecutorInfos().length < 2; i++) {
                Thread.sleep(200);
            }
            System.out.println(context.sc().statusTracker().getExecutorInfos().length - 1);
        }
    }
}
