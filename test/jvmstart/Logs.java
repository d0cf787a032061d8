import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.LoggerFactory;

/** An application that logs one line. */
public class Logs {
    public static void main(String[] args) {
        SparkConf conf = new SparkConf().setAppName("logs").set("spark.ui.enabled", "false");
        try (JavaSparkContext context = new JavaSparkContext(conf)) {
            LoggerFactory.getLogger("org.example.Logs").info("a line of the job");
        }
    }
}
